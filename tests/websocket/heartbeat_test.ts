import { assertEquals } from "@std/assert";
import { Heartbeat } from "../../src/websocket_core/heartbeat.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const MEGABYTE = 1_000_000;

/** Pings every four seconds, and returns after how many seconds the connection is given up; `most` if it is not. */
function secondsOfLife(waits: number, takes: (second: number) => number, most: number): number {
  using clock = new FakeClock();
  const stream = {
    bytesWritten: 0,
    writeBufferSize: waits,
    writing(): boolean {
      return stream.writeBufferSize > 0;
    },
  };
  let dead = false;
  const heartbeat = new Heartbeat({ stream, held: false, sendPing() {}, pingTimedOut: () => void (dead = true) }, 4, 4);
  let second = 0;
  for (; second < most && !dead; second++) {
    clock.advance(1);
    const taken = Math.min(stream.writeBufferSize, takes(second));
    stream.bytesWritten += taken;
    stream.writeBufferSize -= taken;
  }
  heartbeat.stop();
  return second;
}

test("Heartbeat gives up a peer that is silent", () => {
  assertEquals(secondsOfLife(0, () => 0, 30) < 10, true);
});

test("Heartbeat gives up a peer that takes nothing of what waits", () => {
  assertEquals(secondsOfLife(50 * MEGABYTE, () => 0, 30) < 10, true);
  assertEquals(secondsOfLife(50 * MEGABYTE, (second) => second < 10 ? MEGABYTE : 0, 50) < 20, true);
});

test("Heartbeat takes what leaves as a sign of life, while the kernel has room for no more", () => {
  assertEquals(secondsOfLife(50 * MEGABYTE, () => MEGABYTE, 50), 50);
  // What the kernel takes at once says nothing of the peer.
  assertEquals(secondsOfLife(1000, () => 100, 30) < 10, true);
});

test("Heartbeat waits for a slow peer to read what the kernels hold, behind which the ping is", () => {
  const seconds = secondsOfLife(10 * MEGABYTE, () => MEGABYTE, 60);
  assertEquals(seconds > 18 && seconds < 45, true, String(seconds));
});
