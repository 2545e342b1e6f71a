// The least that a message on a WebSocket can cost on stream handles: read, write a constant frame of 32 characters.
import { createHash } from "node:crypto";
import { answerReads, memory } from "./floor.ts";

const FRAME = new Uint8Array([0x81, 32, ...new Uint8Array(32).fill(97)]);
const decoder = new TextDecoder();

function handshake(head: string): Uint8Array<ArrayBuffer> {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return new TextEncoder().encode(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

answerReads(() => {
  let isOpen = false;
  return (count) => {
    if (isOpen) return FRAME;
    isOpen = true;
    return handshake(decoder.decode(memory.subarray(0, count)));
  };
});
