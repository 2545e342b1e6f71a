import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { nextTurn } from "../../src/internal/clock.ts";
import type { ByteBuffer } from "../../src/internal/byte_buffer.ts";
import {
  BaseIOStream,
  type Duplex,
  IOStream,
  PipeIOStream,
  SSLIOStream,
  StreamBufferFullError,
  StreamClosedError,
  type StreamConsumer,
  UnsatisfiableReadError,
} from "../../src/net/iostream.ts";
import { PAIRS } from "../support/stream_pairs.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Resolves when the stream's close callback runs. */
function whenClosed(stream: BaseIOStream): Promise<void> {
  return new Promise((resolve) => stream.setCloseCallback(resolve));
}

/** A connection whose every operation the test answers by hand. */
class ManualDuplex implements Duplex {
  readonly targets: { target: Uint8Array; resolve: (count: number | null) => void; reject: (e: Error) => void }[] = [];
  readonly pieces: { data: Uint8Array; resolve: (count: number) => void; reject: (e: Error) => void }[] = [];
  closed = false;

  read(target: Uint8Array): Promise<number | null> {
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.targets.push({ target, resolve, reject });
    return promise;
  }

  write(data: Uint8Array): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.pieces.push({ data, resolve, reject });
    return promise;
  }

  close(): void {
    this.closed = true;
  }

  /** Answers the pending read. */
  async receive(bytes: Uint8Array | null): Promise<void> {
    const { target, resolve } = this.targets[this.targets.length - 1];
    if (bytes === null) resolve(null);
    else {
      target.set(bytes);
      resolve(bytes.length);
    }
    await settled();
  }
}

for (const [kind, connect] of Object.entries(PAIRS)) {
  test(`IOStream over ${kind}: readUntil, readUntilRegex, readBytes and readInto take what they name`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    await far.write(encode("one\r\ntwo 22\nabcdefghij"));
    assertEquals(decode(await near.readUntil(encode("\r\n"))), "one\r\n");
    assertEquals(decode(await near.readUntilRegex(/ \d+\n/g)), "two 22\n");
    assertEquals(decode(await near.readBytes(3)), "abc");
    const target = new Uint8Array(4);
    assertEquals(await near.readInto(target), 4);
    assertEquals(decode(target), "defg");
    assertEquals(decode(await near.readBytes(100, true)), "hij");
  });

  test(`IOStream over ${kind}: readInto fills the memory, or what is there of it`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    const data = Uint8Array.from({ length: 3000 }, (_, i) => i * 31 >> 3);
    await far.write(data);
    const target = new Uint8Array(3001);
    for (const [at, end] of [[0, 0], [0, 1], [1, 64], [64, 129], [129, 2900]] as const) {
      assertEquals(await near.readInto(target.subarray(at, end)), end - at);
    }
    assertEquals(await near.readInto(target.subarray(2900), true), 100);
    assertEquals(target, new Uint8Array([...data, 0]));
    const last = near.readInto(target);
    far.close();
    await assertRejects(() => last, StreamClosedError);
  });

  test(`IOStream over ${kind}: readInto refuses memory that has shrunk, and keeps the bytes`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    for (const size of [10, 1000]) {
      const bytes = new Uint8Array(size).fill(7);
      const transferred = new Uint8Array(size);
      const resized = new Uint8Array(new ArrayBuffer(size + 1, { maxByteLength: size + 1 }), 1, size);
      for (
        const [memory, shrink] of [
          [transferred, () => structuredClone(transferred.buffer, { transfer: [transferred.buffer] })],
          [resized, () => resized.buffer.resize(size)],
        ] as const
      ) {
        const read = near.readInto(memory);
        shrink();
        await far.write(bytes);
        await assertRejects(() => read, TypeError, `Cannot read ${size} bytes into 0: the memory has shrunk`);
        assertEquals(await near.readBytes(size), bytes);
      }
    }
    for (const wrong of ["text", null, new ArrayBuffer(4), new Float64Array(4)]) {
      assertThrows(() => Reflect.apply(near.readInto, near, [wrong]), TypeError, "must be a Uint8Array");
    }
  });

  test(`IOStream over ${kind}: a megabyte arrives as it was sent, in both directions`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    const data = Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 31 >> 3);
    const [there, back] = await Promise.all([
      near.readBytes(data.length),
      far.readBytes(data.length),
      near.write(data),
      far.write(data),
    ]);
    assertEquals(there, data);
    assertEquals(back, data);
  });

  test(`IOStream over ${kind}: write and readUntil take text, as UTF-8`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    await far.write("eins – zwei – drei");
    far.close();
    assertEquals(decode(await near.readUntil("–")), "eins –");
    assertEquals(decode(await near.readUntil("– ")), " zwei – ");
    assertEquals(decode(await near.readUntilClose()), "drei");
  });

  test(`IOStream over ${kind}: readTextUntil and readTextUntilClose give text, whatever the bytes are`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    await far.write("\ufeffü – ");
    await far.write(new Uint8Array([0xff, 0x0a, 0x61, 0xe2, 0x80]));
    far.close();
    assertEquals(await near.readTextUntil("–", 100), "\ufeffü –");
    assertEquals(await near.readTextUntil("\n"), " \ufffd\n");
    assertEquals(await near.readTextUntilClose(), "a\ufffd");
    await assertRejects(() => near.readTextUntil("\n"), StreamClosedError);
  });

  test(`IOStream over ${kind}: readUntilClose gives everything, and the close callback comes after it`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    const order: string[] = [];
    const closed = whenClosed(near).then(() => order.push("closed"));
    const rest = near.readUntilClose().then((bytes) => order.push(decode(bytes)));
    await far.write(encode("the rest"));
    await far.closeWrite();
    await Promise.all([rest, closed]);
    assertEquals(order, ["the rest", "closed"]);
    assertEquals(near.closed(), true);
    assertEquals(near.error, null);
  });

  test(`IOStream over ${kind}: a close rejects the pending read, and buffered bytes can still be read`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    await far.write(encode("abc"));
    assertEquals(decode(await near.readBytes(1)), "a");
    const pending = near.readBytes(10);
    assertEquals(near.reading(), true);
    near.close();
    await assertRejects(() => pending, StreamClosedError, "Stream is closed");
    assertEquals(decode(await near.readBytes(2)), "bc");
    await assertRejects(() => near.readBytes(1), StreamClosedError);
    assertThrows(() => near.write(encode("x")), StreamClosedError);
  });

  test(`IOStream over ${kind}: writes resolve in order`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    const order: number[] = [];
    const writes = [
      near.write(encode("a")).then(() => order.push(1)),
      near.write(new Uint8Array(0)).then(() => order.push(2)),
      near.write(new Uint8Array(100_000)).then(() => order.push(3)),
    ];
    assertEquals(near.writing(), true);
    const [received] = await Promise.all([far.readBytes(100_001), ...writes]);
    assertEquals(received.length, 100_001);
    assertEquals(order, [1, 2, 3]);
    assertEquals(near.writing(), false);
  });
}

test("BaseIOStream.readBytes refuses what is no number of bytes, and reads on", async () => {
  using streams = await PAIRS.tcp();
  for (const count of [-1, 0.5, NaN, Infinity]) {
    assertThrows(() => streams.near.readBytes(count), RangeError, `Cannot read ${count} bytes`);
  }
  await streams.far.write(encode("a"));
  assertEquals(decode(await streams.near.readBytes(1)), "a");
});

test("BaseIOStream.readBytes refuses a second pending read", async () => {
  using streams = await PAIRS.tcp();
  const first = streams.near.readBytes(1);
  await assertRejects(() => streams.near.readBytes(1), Error, "Already reading");
  await streams.far.write(encode("x"));
  assertEquals(decode(await first), "x");
});

test("BaseIOStream.readUntil finds a delimiter that is split between reads", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  const line = stream.readUntil(encode("\r\n\r\n"));
  for (const piece of ["a\r", "\n", "\r\r\n", "\r", "\nrest"]) await duplex.receive(encode(piece));
  assertEquals(decode(await line), "a\r\n\r\r\n\r\n");
  assertEquals(stream.readBufferSize, 4);
  stream.close();
});

test("BaseIOStream.readUntil closes the stream when the delimiter does not end within maxBytes", async (t) => {
  for (const text of ["abcdef", "abcd\n"]) {
    const duplex = new ManualDuplex();
    const stream = new BaseIOStream(duplex);
    const line = stream.readUntil(encode("\n"), 4);
    await duplex.receive(encode(text));
    const error = await assertRejects(() => line, StreamClosedError);
    assert(error.realError instanceof UnsatisfiableReadError);
    assertEquals(error.realError.message, 'delimiter "\\n" not found within 4 bytes');
    assertEquals([stream.closed(), duplex.closed], [true, true]);
  }
  t.expectLog("tornado.general", /^Unsatisfiable read, closing connection: delimiter "\\n" not found within 4 bytes$/);
});

test("BaseIOStream.readUntil takes a delimiter that ends exactly at maxBytes", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  const line = stream.readUntil(encode("\n"), 4);
  await duplex.receive(encode("abc\n"));
  assertEquals(decode(await line), "abc\n");
  stream.close();
});

test("BaseIOStream closes with StreamBufferFullError when maxBufferSize is exceeded", async (t) => {
  t.expectLog("tornado.general", /^Reached maximum read buffer size$/);
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex, { maxBufferSize: 8, readChunkSize: 1000 });
  assertEquals(stream.readChunkSize, 4);
  const read = stream.readUntil(encode("\n"));
  for (let i = 0; i < 3; i++) await duplex.receive(encode("abcd"));
  const error = await assertRejects(() => read, StreamClosedError);
  assert(error.realError instanceof StreamBufferFullError);
});

test("BaseIOStream rejects a read whose last bytes are beyond maxBytes and beyond maxBufferSize", async (t) => {
  t.expectLog("tornado.general", /^Reached maximum read buffer size$/);
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex, { maxBufferSize: 8 });
  const closed = whenClosed(stream);
  const line = stream.readUntil(encode("\n"), 7);
  for (const text of ["abc", "def", "ghi"]) await duplex.receive(encode(text));
  const error = await assertRejects(() => line, StreamClosedError);
  assert(error.realError instanceof StreamBufferFullError);
  await closed;
});

test("BaseIOStream.write throws at once beyond maxWriteBufferSize, and accepts again after a drain", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex, { maxWriteBufferSize: 10 });
  stream.send(encode("12345678"));
  assertThrows(() => stream.write(encode("abc")), StreamBufferFullError);
  await settled();
  duplex.pieces[0].resolve(8);
  await stream.drained();
  const write = stream.write(encode("abc"));
  await settled();
  duplex.pieces[1].resolve(3);
  await write;
  assertEquals(stream.bytesWritten, 11);
  stream.close();
});

test("BaseIOStream.write gathers the writes of one turn and finishes what the kernel took in part", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  stream.send("h\u00e9");
  const written = stream.write(encode("llo"));
  await settled();
  assertEquals(duplex.pieces.map(({ data }) => decode(data)), ["h\u00e9llo"]);
  duplex.pieces[0].resolve(2);
  await settled();
  assertEquals(duplex.pieces[1].data, encode("h\u00e9llo").subarray(2));
  duplex.pieces[1].resolve(4);
  await written;
  stream.close();
});

test("BaseIOStream.write copies small data, so that its array can be used again at once", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  const data = encode("abc");
  stream.send(data);
  data.fill(0);
  stream.send(new Uint8Array(50_000).fill(65));
  stream.send("z");
  await settled();
  for (let i = 0; i < duplex.pieces.length; i++) {
    duplex.pieces[i].resolve(duplex.pieces[i].data.length);
    await settled();
  }
  assertEquals(duplex.pieces.map(({ data }) => decode(data)).join(""), `abc${"A".repeat(50_000)}z`);
  stream.close();
});

test("BaseIOStream.close rejects what is not written and keeps the error", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  const write = stream.write(encode("abc"));
  const reason = new Error("reset");
  stream.close(reason);
  stream.close(new Error("later"));
  const error = await assertRejects(() => write, StreamClosedError);
  assertStrictEquals(error.realError, reason);
  assertStrictEquals(stream.error, reason);
});

test("BaseIOStream.write that nobody awaits does not end the process when the stream closes", async () => {
  const stream = new BaseIOStream(new ManualDuplex());
  stream.write(encode("abc"));
  stream.readBytes(3);
  stream.abort();
  await settled();
});

test("BaseIOStream.setCloseCallback runs once, also when the stream is closed already", async () => {
  const stream = new BaseIOStream(new ManualDuplex());
  stream.close();
  let calls = 0;
  await new Promise<void>((resolve) => {
    stream.setCloseCallback(() => {
      calls++;
      resolve();
    });
  });
  stream.close();
  assertEquals(calls, 1);
});

test("BaseIOStream.setCloseCallback notices a peer that closes while nothing is read", async () => {
  using streams = await PAIRS.tcp();
  const closed = whenClosed(streams.near);
  streams.far.close();
  await closed;
  assertEquals(streams.near.closed(), true);
});

test("BaseIOStream.consume hands over bytes, pauses, resumes and gives the rest back", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  const lines: string[] = [];
  let ended = 0;
  const consumer: StreamConsumer = {
    onData(buffer: ByteBuffer) {
      for (let at; (at = buffer.indexOfLineFeed()) >= 0;) lines.push(buffer.takeLatin1(at + 1));
      stream.send(`<${lines.length}>`);
      stream.send("!");
    },
    onEnd() {
      ended++;
    },
  };
  stream.consume(consumer);
  await assertRejects(() => stream.readBytes(1), Error, "has a consumer");
  await duplex.receive(encode("a\nb\nhal"));
  assertEquals(lines, ["a\n", "b\n"]);
  // What one call has written goes out at once and in one piece.
  assertEquals(duplex.pieces.map(({ data }) => decode(data)), ["<2>!"]);
  stream.pause();
  await duplex.receive(encode("f\n"));
  assertEquals(lines.length, 2);
  stream.resume();
  assertEquals(lines, ["a\n", "b\n", "half\n"]);
  await duplex.receive(encode("rest"));
  stream.consume(null);
  assertEquals(decode(await stream.readBytes(4)), "rest");
  stream.consume(consumer);
  stream.abort();
  assertEquals(ended, 1);
});

for (const [kind, make] of Object.entries(PAIRS)) {
  test(`BaseIOStream.consume (${kind}): a consumer with onInputEnd goes on to write when the peer has ended`, async () => {
    using streams = await make();
    const { near, far } = streams;
    const log: string[] = [];
    const ended = Promise.withResolvers<void>();
    near.consume({
      onData: (buffer) => void log.push(decode(buffer.take(buffer.length))),
      onInputEnd: () => {
        log.push("input end");
        ended.resolve();
      },
      onEnd: () => void log.push("end"),
    });
    await far.write(encode("question"));
    await far.closeWrite();
    await ended.promise;
    assertEquals(near.closed(), false);
    for (const part of ["ans", "wer"]) {
      await near.write(encode(part));
      assertEquals(decode(await far.readBytes(3)), part);
    }
    near.close();
    assertEquals(log, ["question", "input end", "end"]);
  });
}

test("BaseIOStream closes when its consumer throws, and says why", async (t) => {
  t.expectLog("tornado.general", /^Uncaught exception, closing connection$/);
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  const ends: (Error | null)[] = [];
  const failure = new TypeError("no such thing");
  stream.consume({
    onData() {
      throw failure;
    },
    onEnd: (error) => void ends.push(error),
  });
  await duplex.receive(encode("x"));
  assertEquals(ends, [failure]);
  assertEquals(stream.closed(), true);
});

test("BaseIOStream.pause stops reading ahead before the buffer grows large", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  stream.consume({ onData() {}, onEnd() {} });
  stream.pause();
  while (stream.readBufferSize < 65536) {
    const { target } = duplex.targets[duplex.targets.length - 1];
    await duplex.receive(new Uint8Array(target.length));
  }
  const reads = duplex.targets.length;
  await settled();
  assertEquals(duplex.targets.length, reads);
  assert(stream.readBufferSize < 2 * 65536 + 1);
  stream.close();
});

test("BaseIOStream reads into a small buffer when idle, a large one under load, and a small one again", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  stream.consume({
    onData(buffer) {
      buffer.start = buffer.end;
    },
    onEnd() {},
  });
  const size = () => duplex.targets[duplex.targets.length - 1].target.length;
  assertEquals(size(), 512);
  const receive = async (count: number) => {
    const reads = duplex.targets.length;
    await duplex.receive(new Uint8Array(count));
    // A stream whose slice of time has ended reads on in a later turn.
    await until(() => duplex.targets.length > reads);
  };
  for (let i = 0; i < 5; i++) await receive(size());
  assertEquals(size(), 65536);
  await receive(10);
  assertEquals(size(), 512);
  stream.close();
});

for (const [kind, connect] of Object.entries(PAIRS)) {
  test(`IOStream over ${kind}: others have their turn between reads of what has come already`, async () => {
    using streams = await connect();
    const { near, far } = streams;
    await far.write(encode("x\n".repeat(200)));
    let isDone = false;
    const turns = (async () => {
      let count = 0;
      for (; !isDone; count++) await nextTurn();
      return count;
    })();
    for (let i = 0; i < 200; i++) {
      assertEquals(i % 2 === 0 ? await near.readTextUntil("\n") : decode(await near.readBytes(2)), "x\n");
      const end = performance.now() + 0.5;
      while (performance.now() < end);
    }
    isDone = true;
    // The slices are of 8 ms. Without them, there are only the turns that bring the bytes.
    assert(await turns > 4);
  });
}

test("IOStream: a read that rests ends as others do when the peer ends, or the stream is closed", async () => {
  for (const closes of [true, false]) {
    using streams = await PAIRS.tcp();
    const { near, far } = streams;
    await far.write(encode("x\n".repeat(200)));
    assertEquals((await near.readBytes(2)).length, 2);
    let count = 1;
    const read = async () => {
      for (;; count++) {
        assertEquals(await near.readTextUntil("\n"), "x\n");
        const end = performance.now() + 0.5;
        while (performance.now() < end);
        if (closes && count === 100) near.close();
      }
    };
    if (!closes) far.close();
    await assertRejects(read, StreamClosedError);
    assertEquals(count, 200);
  }
});

test("BaseIOStream.closeWhenWritten closes behind the last byte", async () => {
  using streams = await PAIRS.tcp();
  const { near, far } = streams;
  near.send(new Uint8Array(500_000));
  near.closeWhenWritten();
  assertEquals(near.closed(), false);
  assertEquals((await far.readUntilClose()).length, 500_000);
  assertEquals(near.closed(), true);
});

test("BaseIOStream.closeWhenWritten reads on for the consumer, unless the peer has said that nothing comes", async () => {
  for (const readsOn of [true, false]) {
    using streams = await PAIRS.memory();
    const { near, far } = streams;
    let received = "";
    near.consume({
      onData(buffer: ByteBuffer): void {
        received += decode(buffer.take(buffer.length));
      },
      onEnd(): void {},
    });
    near.send(new Uint8Array(500_000));
    near.closeWhenWritten(readsOn);
    await far.write("late");
    assertEquals((await far.readUntilClose()).length, 500_000);
    assertEquals([received, near.closed()], [readsOn ? "late" : "", true]);
  }
});

for (const [kind, connect] of Object.entries(PAIRS)) {
  test(`IOStream over ${kind}: closeWrite rejects with StreamClosedError when the stream is closed`, async () => {
    using pair = await connect();
    pair.near.close();
    await assertRejects(() => pair.near.closeWrite(), StreamClosedError);
  });
}

test("BaseIOStream writes what is left to a peer that has closed its writing direction", async () => {
  using streams = await PAIRS.tcp();
  const { near, far } = streams;
  near.consume({ onData() {}, onEnd() {} });
  near.send(new Uint8Array(5_000_000));
  await far.closeWrite();
  assertEquals((await far.readUntilClose()).length, 5_000_000);
  assertEquals(near.closed(), true);
});

test("BaseIOStream keeps the error of a reset connection without a log line", async () => {
  const duplex = new ManualDuplex();
  const stream = new BaseIOStream(duplex);
  const read = stream.readBytes(1);
  const reset = new Deno.errors.ConnectionReset("Connection reset by peer");
  duplex.targets[0].reject(reset);
  const error = await assertRejects(() => read, StreamClosedError);
  assertStrictEquals(error.realError, reset);
});

test("IOStream.startTls refuses the server's side and a stream in use", async () => {
  using streams = await PAIRS.tcp();
  const near = streams.near;
  if (!(near instanceof IOStream)) throw new TypeError("The pair is not of TCP streams");
  await assertRejects(() => near.startTls(true), TypeError, "clients only");
  near.readBytes(1);
  await assertRejects(() => near.startTls(false), TypeError, "in use");
});

test("IOStream.startTls upgrades a connection", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(`../support/certs/${name}`, import.meta.url));
  const [cert, key, ca] = await Promise.all([read("server.pem"), read("server_key.pem"), read("ca.pem")]);
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const accepted = listener.accept();
  const plain = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const upgrading = plain.startTls(false, { caCerts: [ca] }, "localhost");
  using server = new SSLIOStream(await accepted);
  const echo = server.readBytes(3).then((bytes) => server.write(bytes));
  using secure = await upgrading;
  assertEquals(plain.closed(), true);
  secure.send("abc");
  assertEquals(decode(await secure.readBytes(3)), "abc");
  await echo;
});

test("SSLIOStream.waitForHandshake rejects and closes when the certificate is not trusted", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(`../support/certs/${name}`, import.meta.url));
  const [cert, key] = await Promise.all([read("server.pem"), read("server_key.pem")]);
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const accepted = listener.accept();
  const connecting = SSLIOStream.connect({ hostname: "localhost", port: listener.addr.port });
  using server = new SSLIOStream(await accepted);
  const handshakes = await Promise.allSettled([connecting, server.waitForHandshake()]);
  assertEquals(handshakes.map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals(server.closed(), true);
});

test("PipeIOStream talks to a child process", async () => {
  const child = new Deno.Command("cat", { stdin: "piped", stdout: "piped" }).spawn();
  const stream = new PipeIOStream({ readable: child.stdout, writable: child.stdin });
  await stream.write(encode("through a pipe\n"));
  assertEquals(decode(await stream.readUntil(encode("\n"))), "through a pipe\n");
  await stream.closeWrite();
  assertEquals((await stream.readUntilClose()).length, 0);
  assertEquals((await child.status).success, true);
});

test("BaseIOStream.readUntilClose() rejects what an error has cut off, but not what a reset has ended", async (t) => {
  t.expectLog("tornado.general", /^Read error: Error: broken$/);
  for (
    const [error, whole] of [[new Deno.errors.ConnectionReset("gone"), true], [new Error("broken"), false]] as const
  ) {
    let reads = 0;
    const stream = new BaseIOStream({
      read: (target) => {
        target.set(encode("ab"));
        return reads++ === 0 ? Promise.resolve(2) : Promise.reject(error);
      },
      write: (data) => Promise.resolve(data.length),
      close() {},
    });
    if (whole) assertEquals(decode(await stream.readUntilClose()), "ab");
    else assertEquals((await assertRejects(() => stream.readUntilClose(), StreamClosedError)).realError, error);
    if (!whole) await assertRejects(() => stream.readUntilClose(), StreamClosedError);
  }
});
