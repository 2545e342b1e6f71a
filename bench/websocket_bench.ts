// Frames, masks, UTF-8 and compression, without a network.
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { Receiver, Sender } from "npm:ws@8.23.0";
import { ByteBuffer } from "../src/internal/byte_buffer.ts";
import { Deflater, deflateSettings } from "../src/internal/deflater.ts";
import { Inflater } from "../src/websocket_core/_deflate/inflater.ts";
import { applyMask } from "../src/websocket_core/_frame/mask.ts";
import { FrameReader } from "../src/websocket_core/_frame/reader.ts";
import { decodeUtf8 } from "../src/websocket_core/_frame/utf8.ts";
import { textFrameRoom, writeBytesFrame, writeTextFrame } from "../src/websocket_core/_frame/writer.ts";

const SIZES = [32, 1024, 65_536];

for (const size of SIZES) {
  const text = "a".repeat(size);
  const bytes = new TextEncoder().encode(text);
  const memory = new Uint8Array(textFrameRoom(text));
  const masked = memory.slice(0, writeTextFrame(memory, 0, { text, masked: true }));
  const buffer = new ByteBuffer();
  buffer.append(masked);
  const reader = new FrameReader(true, 1 << 24);

  Deno.bench(`mask ${size} B`, () => applyMask(bytes, 0, size, 0x12345678, 0));
  Deno.bench(`write a text of ${size} B`, { group: `write ${size} B`, baseline: true }, () => {
    writeTextFrame(memory, 0, { text, masked: false });
  });
  Deno.bench(`write a text of ${size} B: ws`, { group: `write ${size} B` }, () => {
    Sender.frame(Buffer.from(text), { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false });
  });
  Deno.bench(
    `write bytes of ${size} B, masked`,
    () => void writeBytesFrame(memory, 0, { first: 0x82, payload: bytes, masked: true }),
  );
  const theirs = new Receiver({ isServer: true, allowSynchronousEvents: true, maxPayload: 1 << 24 });
  theirs.on("message", () => {});
  Deno.bench(`read a text of ${size} B: ws`, { group: `read ${size} B` }, () => {
    theirs.write(Buffer.from(masked));
  });
  Deno.bench(`read a text of ${size} B`, { group: `read ${size} B`, baseline: true }, () => {
    // Reading unmasks in place, so the frame has to be put there again.
    buffer.start = 0;
    buffer.bytes.set(masked);
    reader.read(buffer);
  });
}

const umlauts = new ByteBuffer();
umlauts.append(new TextEncoder().encode("größer als ".repeat(100)));
Deno.bench("decode 1.3 KiB that are not ASCII", () => void decodeUtf8(umlauts.bytes, 0, umlauts.length));

const items = Array.from({ length: 16 }, (_, i) => ({ id: i * 7919, name: `user${i}`, text: `lorem ${i * 31}` }));
const json = new TextEncoder().encode(JSON.stringify(items));
const packed = deflateRawSync(json, { finishFlush: 2 }).subarray(0, -4);

for (const takeover of [false, true]) {
  for (const level of [1, 6]) {
    const deflater = new Deflater(deflateSettings(level, 8, 15), takeover);
    Deno.bench(`deflate ${json.length} B at level ${level}, takeover ${takeover}`, () => void deflater.deflate(json));
  }
  const inflater = new Inflater(15, takeover);
  Deno.bench(`inflate ${json.length} B, takeover ${takeover}`, () => void inflater.inflate(packed, 1 << 20));
}
