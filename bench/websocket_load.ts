// The frames that websocket_load.c is given.
import { applyMask } from "../src/websocket_core/_frame/mask.ts";

/** Writes a masked frame as the client is to send it, and returns the path of its file. */
export async function frameFile(directory: string, first: number, payload: Uint8Array): Promise<string> {
  const { length } = payload;
  const head = length < 126 ? [0x80 | length] : length < 65536 ? [0xfe, length >> 8, length & 255] : [
    ...[0xff, 0, 0, 0, 0],
    ...[24, 16, 8, 0].map((bits) => (length >> bits) & 255),
  ];
  const frame = new Uint8Array([first, ...head, 1, 2, 3, 4, ...payload]);
  applyMask(frame, frame.length - length, frame.length, 0x04030201, 0);
  const path = await Deno.makeTempFile({ dir: directory });
  await Deno.writeFile(path, frame);
  return path;
}

/** About 1 KiB of what services send each other. */
export function someJson(): Uint8Array<ArrayBuffer> {
  const names = ["alpha", "bravo", "charlie", "delta", "echo"];
  const items = Array.from({ length: 13 }, (_, i) => ({
    id: i * 7919 % 100_000,
    name: names[i % 5],
    price: i * 12_347 % 10_000 / 100,
    quantity: i * 31 % 50,
    side: i % 3 === 0 ? "buy" : "sell",
  }));
  return new TextEncoder().encode(JSON.stringify({ type: "update", items }));
}
