/**
 * The behaviour that every transport under a stream has to have.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { BufferBytes } from "../../src/internal/byte_buffer.ts";
import type { IOStream, Transport, TransportReceiver } from "../../src/net/iostream.ts";
import { concat } from "../support/bytes.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { stalled, until } from "../support/turns.ts";

/** The two ends of one connection. */
export interface TransportPair {
  /** The transport under test. */
  readonly near: Transport;
  /** The other end. */
  readonly far: IOStream;
  /** Called after the test. */
  readonly release?: () => void;
}

/** A kind of transport. */
export interface TransportKind {
  /** Makes a connection. */
  connect(): Promise<TransportPair>;
  /** Tells whether a peer that closes over unread input causes a reset. */
  readonly resets: boolean;
}

/** The most that a stream hands to its transport at once. */
const PIECE = 131072;
/** The longest text that a stream hands to its transport. */
const TEXT_PIECE = 4096;
/** More than the kernels of both sides hold. */
const LARGE = 8_000_000;

function numbered(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i % 251;
  return bytes;
}

/** Compares without printing megabytes. */
function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  assertEquals([actual.length, at], [expected.length, -1], "length, and place of the first byte that differs");
}

/** A receiver that keeps what it is told. */
class Recorder implements TransportReceiver {
  readonly pieces: Uint8Array[] = [];
  readonly ends: (Error | null)[] = [];
  readonly writeErrors: Error[] = [];
  written = 0;
  received = 0;
  /** Called for each call of this receiver, after it is noted. */
  onEach: (what: "data" | "end" | "written" | "error") => void = () => {};

  onData(bytes: BufferBytes, count: number): void {
    this.pieces.push(new Uint8Array(bytes.subarray(0, count)));
    this.received += count;
    this.onEach("data");
  }

  onEnd(error: Error | null): void {
    this.ends.push(error);
    this.onEach("end");
  }

  onWritten(count: number): void {
    this.written += count;
    this.onEach("written");
  }

  onWriteError(error: Error): void {
    this.writeErrors.push(error);
    this.onEach("error");
  }

  /** The number of calls so far. */
  get calls(): number {
    return this.pieces.length + this.ends.length + this.writeErrors.length + this.written;
  }
}

/** Writes as a stream does: in pieces, one at a time, what was not taken again. */
async function writeAll(near: Transport, recorder: Recorder, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) {
    const piece = data.subarray(at, at + PIECE);
    const before = recorder.written;
    if (near.write(piece)) {
      at += piece.length;
      continue;
    }
    await until(() => recorder.written > before || recorder.writeErrors.length > 0);
    if (recorder.writeErrors.length > 0) throw recorder.writeErrors[0];
    at += recorder.written - before;
  }
}

/** Runs the contract for one kind of transport. */
export function transportContract(name: string, kind: TransportKind): void {
  function transportTest(what: string, run: (pair: TransportPair, recorder: Recorder) => Promise<void>): void {
    test(`${name} transport: ${what}`, async () => {
      const pair = await kind.connect();
      const recorder = new Recorder();
      pair.near.attach(recorder);
      try {
        await run(pair, recorder);
      } finally {
        pair.near.close();
        pair.far.abort();
        pair.release?.();
        await settled();
      }
    });
  }

  transportTest("passes bytes both ways, all and in order", async ({ near, far }, recorder) => {
    const data = numbered(1_000_000);
    near.startReading();
    const [echoed] = await Promise.all([far.readBytes(data.length), writeAll(near, recorder, data), far.write(data)]);
    assertBytes(echoed, data);
    await until(() => recorder.received === data.length);
    assertBytes(concat(...recorder.pieces), data);
  });

  transportTest("passes a text on, a byte for each character, also one that has to wait", async (pair, recorder) => {
    const { near, far } = pair;
    const bytes = numbered(TEXT_PIECE);
    const text = String.fromCharCode(...bytes);
    let count = 1;
    while (near.writeLatin1(text)) count++;
    for (let i = 0; i < count; i++) assertBytes(await far.readBytes(TEXT_PIECE), bytes);
    await until(() => recorder.written === TEXT_PIECE);
    assertEquals(recorder.writeErrors, []);
  });

  transportTest("reads nothing before it is told to", async ({ near, far }, recorder) => {
    await far.write(numbered(100));
    await stalled(() => recorder.received);
    assertEquals(recorder.received, 0);
    near.startReading();
    await until(() => recorder.received === 100);
  });

  transportTest("can be paused and resumed at every point", async ({ near, far }, recorder) => {
    const data = numbered(500_000);
    recorder.onEach = () => near.stopReading();
    far.send(data);
    while (recorder.received < data.length) {
      const before = recorder.pieces.length;
      near.startReading();
      await until(() => recorder.pieces.length > before);
      near.stopReading();
      await settled();
      // A read that cannot be taken back may have filled meanwhile.
      assert(recorder.pieces.length <= before + 2, "reads on while it is paused");
    }
    assertBytes(concat(...recorder.pieces), data);
    assertEquals(recorder.ends, []);
  });

  transportTest("keeps what comes in a pause that was called lazily", async ({ near, far }, recorder) => {
    const data = numbered(LARGE);
    const sending = far.write(data);
    near.startReading();
    await until(() => recorder.received > 0);
    while (recorder.received < data.length) {
      const before = recorder.received;
      near.stopReading(true);
      await settled();
      // A read that cannot be taken back may have filled meanwhile.
      assert(recorder.received <= before + PIECE, "reads on while it is paused");
      near.startReading();
      near.stopReading(true);
      near.startReading();
      await until(() => recorder.received > before);
    }
    await sending;
    assertBytes(concat(...recorder.pieces), data);
    assertEquals(recorder.ends, []);
  });

  transportTest("tells of an end that comes in a lazy pause when it reads on", async ({ near, far }, recorder) => {
    near.startReading();
    await far.write(numbered(10));
    await until(() => recorder.received === 10);
    near.stopReading(true);
    await far.write(numbered(20));
    far.close();
    await stalled(() => recorder.received);
    near.startReading();
    await until(() => recorder.ends.length > 0);
    assertBytes(concat(...recorder.pieces), new Uint8Array([...numbered(10), ...numbered(20)]));
    assertEquals(recorder.ends, [null]);
  });

  transportTest("a pause in the turn of the resume loses nothing", async ({ near, far }, recorder) => {
    near.startReading();
    near.stopReading();
    near.startReading();
    await far.write(numbered(10));
    await until(() => recorder.received === 10);
    near.stopReading();
    near.startReading();
    await far.write(numbered(10));
    await until(() => recorder.received === 20);
  });

  transportTest("a write waits for a peer that does not read, and then goes on", async ({ near, far }, recorder) => {
    const data = numbered(LARGE);
    const writing = writeAll(near, recorder, data);
    await stalled(() => recorder.written);
    const { written } = recorder;
    assert(written < LARGE - PIECE, `${written} bytes were taken`);
    assertBytes(await far.readBytes(LARGE), data);
    await writing;
    assertEquals(recorder.writeErrors, []);
  });

  transportTest("writes from callbacks", async ({ near, far }, recorder) => {
    const rounds = 50;
    recorder.onEach = (what) => {
      if (what === "data") near.write(numbered(1000));
    };
    near.startReading();
    for (let round = 0; round < rounds; round++) {
      await far.write(numbered(10));
      assertBytes(await far.readBytes(1000), numbered(1000));
    }
  });

  transportTest("goes on to write from the callback of a write", async ({ near, far }, recorder) => {
    const data = numbered(LARGE);
    let at = 0;
    const more = () => {
      while (at < data.length) {
        const piece = data.subarray(at, at + PIECE);
        if (!near.write(piece)) return;
        at += piece.length;
      }
    };
    let noted = 0;
    recorder.onEach = (what) => {
      if (what !== "written") return;
      at += recorder.written - noted;
      noted = recorder.written;
      more();
    };
    more();
    assertBytes(await far.readBytes(LARGE), data);
    assertEquals(recorder.writeErrors, []);
  });

  for (const when of ["data", "end", "written"] as const) {
    transportTest(`may be closed in the callback of ${when}, and calls nothing afterwards`, async (pair, recorder) => {
      const { near, far } = pair;
      let closedAt = -1;
      recorder.onEach = (what) => {
        if (what !== when || closedAt >= 0) return;
        near.close();
        closedAt = recorder.calls;
      };
      near.startReading();
      if (when === "data") {
        await far.write(numbered(10));
      } else if (when === "end") {
        await far.closeWrite();
      } else {
        while (near.write(numbered(PIECE)));
        while (closedAt < 0) await far.readBytes(PIECE, true);
      }
      await until(() => closedAt >= 0);
      far.send(numbered(100));
      await stalled(() => recorder.calls);
      assertEquals(recorder.calls, closedAt);
      await far.readUntilClose();
    });
  }

  transportTest("calls nothing after a close while a write waits", async ({ near, far }, recorder) => {
    while (near.write(numbered(PIECE)));
    near.startReading();
    near.close();
    near.close();
    far.send(numbered(10));
    await stalled(() => recorder.calls);
    assertEquals(recorder.calls, 0);
    await far.readUntilClose();
  });

  transportTest("can end its direction, and still reads", async ({ near, far }, recorder) => {
    near.startReading();
    const [bytes] = await Promise.all([far.readBytes(100_000), writeAll(near, recorder, numbered(100_000))]);
    assertBytes(bytes, numbered(100_000));
    await near.closeWrite();
    await far.write(numbered(5000));
    await until(() => recorder.received === 5000);
    assertEquals(recorder.ends, []);
    far.close();
    await until(() => recorder.ends.length > 0);
    assertEquals(recorder.ends, [null]);
  });

  transportTest("learns once that the peer has ended its direction, and still writes", async (pair, recorder) => {
    const { near, far } = pair;
    near.startReading();
    await far.write(numbered(1000));
    await far.closeWrite();
    await until(() => recorder.ends.length > 0);
    const writing = writeAll(near, recorder, numbered(LARGE));
    assertBytes(await far.readBytes(LARGE), numbered(LARGE));
    await writing;
    assertEquals([recorder.received, recorder.ends], [1000, [null]]);
  });

  for (const [peer, ended] of [["silent", false], ["silent, ended", true]] as const) {
    transportTest(`sends everything to a peer that is ${peer}`, async ({ near, far }, recorder) => {
      near.startReading();
      const writing = writeAll(near, recorder, numbered(LARGE));
      await stalled(() => recorder.written);
      if (ended) await far.closeWrite();
      await stalled(() => recorder.ends.length);
      assertBytes(await far.readBytes(LARGE), numbered(LARGE));
      await writing;
      assertEquals([recorder.ends.length, recorder.writeErrors], [ended ? 1 : 0, []]);
    });
  }

  transportTest("reports a peer that closes over unread input", async ({ near, far }, recorder) => {
    near.write(numbered(1000));
    far.setCloseCallback(() => {});
    await until(() => far.readBufferSize > 0 || far.closed());
    // Beyond what the stream reads ahead.
    while (near.write(numbered(PIECE)));
    near.startReading();
    far.abort();
    await until(() => recorder.ends.length + recorder.writeErrors.length > 0);
    await stalled(() => recorder.calls);
    assert(recorder.ends.length <= 1 && recorder.writeErrors.length <= 1, "reported twice");
    if (!kind.resets) return;
    for (const error of [...recorder.ends, ...recorder.writeErrors]) {
      if (error !== null) assert(isLost(error), `${error}`);
    }
  });

  transportTest("a write to a peer that is gone fails, and nothing else does", async ({ near, far }, recorder) => {
    far.close();
    await settled();
    // The first write may still be taken: its answer is the reset.
    for (let turn = 0; turn < 1000 && recorder.writeErrors.length === 0; turn++) {
      if (!near.write(numbered(PIECE))) await until(() => recorder.writeErrors.length > 0 || recorder.written > 0);
      await settled();
    }
    assertEquals(recorder.writeErrors.length, 1);
    assertInstanceOf(recorder.writeErrors[0], Error);
  });
}

function isLost(error: Error): boolean {
  const { ConnectionReset, BrokenPipe, ConnectionAborted, NotConnected } = Deno.errors;
  return [ConnectionReset, BrokenPipe, ConnectionAborted, NotConnected].some((kind) => error instanceof kind);
}
