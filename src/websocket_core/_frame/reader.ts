import type { BufferBytes, ByteBuffer } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import type { Inflater } from "../_deflate/inflater.ts";
import { FrameError, type FrameErrorCode } from "../errors.ts";
import { INVALID_PAYLOAD, isCloseCode, MESSAGE_TOO_BIG, PROTOCOL_ERROR } from "./close_frame.ts";
import { applyMask } from "./mask.ts";
import { PartialMessage } from "./message.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  FIN,
  MASKED,
  MAX_CONTROL_PAYLOAD,
  OPCODE_MASK,
  PONG,
  RSV1,
  RSV2,
  RSV3,
  RSV_MASK,
  TEXT,
} from "./opcodes.ts";
import { decodeUtf8 } from "./utf8.ts";

/** {@linkcode FrameReader.read}: the bytes end before the next message or control frame does. */
export const NEED_MORE = -1;
/** {@linkcode FrameReader.read}: the peer broke the protocol, and nothing more can be read. */
export const FAILED = -2;

const EMPTY: Bytes = new Uint8Array(0);
/** Up to here bytes are copied one by one: a view for more at a time would cost more. */
const TINY = 64;
const LONG_LENGTH = "length in more octets than it needs";

/**
 * Reads frames (RFC 6455, section 5): bytes in, messages and control frames out, however the bytes are cut. There is no
 * I/O.
 *
 * The fields hold the result of {@linkcode FrameReader.read} until the next call.
 */
export class FrameReader {
  /** Of a text message; of a Close frame, its reason. */
  text = "";
  /** Of a binary message, a ping or a pong: bytes that the receiver owns. */
  data: Bytes = EMPTY;
  /** Of a Close frame, its code, or 0 for none. */
  code = 0;
  /** Of {@linkcode FAILED}, the peer's fault. */
  error: FrameError | null = null;

  /** {@linkcode MASKED} where the peer has to mask, 0 where it must not. */
  #masked = 0;
  #maxMessageSize = 0;
  #inflater: Inflater | null = null;
  #message: PartialMessage | null = null;

  /**
   * `masked` tells whether the peer has to mask its frames, as clients do, or must not. `maxMessageSize` counts the
   * bytes as they come and as they are inflated.
   */
  constructor(masked = true, maxMessageSize = 0, inflater: Inflater | null = null) {
    this.begin(masked, maxMessageSize, inflater);
  }

  /** Prepares for another connection, as the constructor does. */
  begin(masked: boolean, maxMessageSize: number, inflater: Inflater | null): void {
    this.#masked = masked ? MASKED : 0;
    this.#maxMessageSize = maxMessageSize;
    this.#inflater = inflater;
  }

  /** `true` while a part of a message has come. */
  get partial(): boolean {
    return this.#message !== null;
  }

  /** Frees the last message. */
  forget(): void {
    this.text = "";
    this.data = EMPTY;
    this.error = null;
  }

  /**
   * Takes bytes from the front of the buffer up to the end of the next message or control frame, and returns its kind.
   */
  read(buffer: ByteBuffer): number {
    for (;;) {
      const message = this.#message;
      const kind = message !== null && message.inFrame ? this.#goOn(message, buffer) : this.#readFrame(buffer);
      if (kind !== CONTINUATION) return kind;
    }
  }

  /** Reads a frame, or the beginning of one; {@linkcode CONTINUATION} where there is nothing to tell of it yet. */
  #readFrame(buffer: ByteBuffer): number {
    const { bytes, start } = buffer;
    const available = buffer.end - start;
    if (available < 2) return NEED_MORE;
    const first = bytes[start];
    const second = bytes[start + 1];
    const opcode = first & OPCODE_MASK;
    if ((first & RSV_MASK) !== 0 && !this.#mayBeCompressed(first, opcode)) {
      return this.#fail(
        (first & (RSV2 | RSV3)) === 0 ? "WS_ERR_UNEXPECTED_RSV_1" : "WS_ERR_UNEXPECTED_RSV_2_3",
        "reserved bits are set",
      );
    }
    let length = second & 0x7f;
    if (opcode >= CLOSE) {
      if (opcode > PONG) return this.#unknownOpcode(opcode);
      if (first < FIN) return this.#fail("WS_ERR_EXPECTED_FIN", "fragmented control frame");
      if (length > MAX_CONTROL_PAYLOAD) {
        return this.#fail("WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH", "control frame too long", PROTOCOL_ERROR, length);
      }
    } else {
      if (opcode > BINARY) return this.#unknownOpcode(opcode);
      if ((opcode === CONTINUATION) !== (this.#message !== null)) {
        const reason = opcode === CONTINUATION ? "nothing to continue" : "message within a message";
        return this.#fail("WS_ERR_INVALID_OPCODE", reason, PROTOCOL_ERROR, opcode);
      }
    }
    if ((second & MASKED) !== this.#masked) {
      return this.#masked === 0
        ? this.#fail("WS_ERR_UNEXPECTED_MASK", "masked frame from a server")
        : this.#fail("WS_ERR_EXPECTED_MASK", "unmasked client frame");
    }
    let head = 2;
    if (length === 126) {
      if (available < 4) return NEED_MORE;
      head = 4;
      length = (bytes[start + 2] << 8) | bytes[start + 3];
      if (length < 126) return this.#fail("WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH", LONG_LENGTH);
    } else if (length === 127) {
      if (available < 10) return NEED_MORE;
      head = 10;
      const high = bytes.readUInt32BE(start + 2);
      length = high * 2 ** 32 + bytes.readUInt32BE(start + 6);
      if (high >= 2 ** 31) {
        return this.#fail("WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH", "length with its highest bit set");
      }
      if (length < 65536) return this.#fail("WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH", LONG_LENGTH);
    }
    if (length > this.#maxMessageSize - (this.#message === null ? 0 : this.#message.length) && opcode < CLOSE) {
      return this.#fail("WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", "message too big", MESSAGE_TOO_BIG);
    }
    let key = 0;
    if (this.#masked !== 0) {
      if (available < head + 4) return NEED_MORE;
      key = bytes.readInt32LE(start + head);
      head += 4;
    }
    const whole = available >= head + length;
    if (opcode >= CLOSE) {
      if (!whole) return NEED_MORE;
      buffer.start = start + head + length;
      return this.#control(opcode, bytes, start + head, start + head + length, key);
    }
    if (whole && first >= FIN && opcode !== CONTINUATION) {
      buffer.start = start + head + length;
      return this.#whole(opcode, (first & RSV1) !== 0, bytes, start + head, start + head + length, key);
    }
    buffer.start = start + head;
    const message = this.#message ??= new PartialMessage(opcode, (first & RSV1) !== 0);
    message.beginFrame(length, first >= FIN, key);
    return this.#goOn(message, buffer);
  }

  #mayBeCompressed(first: number, opcode: number): boolean {
    return (first & RSV_MASK) === RSV1 && this.#inflater !== null && (opcode === TEXT || opcode === BINARY);
  }

  /** A message in one frame, all of which is there: it is unmasked where it lies. */
  #whole(opcode: number, compressed: boolean, bytes: BufferBytes, start: number, end: number, key: number): number {
    if (key !== 0) applyMask(bytes, start, end, key, 0);
    if (compressed) return this.#inflated(opcode, bytes.subarray(start, end));
    if (opcode === TEXT) return this.#text(bytes, start, end);
    this.data = copyOf(bytes, start, end);
    return BINARY;
  }

  /** Takes what there is of the current frame's payload. */
  #goOn(message: PartialMessage, buffer: ByteBuffer): number {
    const count = Math.min(message.left, buffer.end - buffer.start);
    if (count === 0 && message.left > 0) return NEED_MORE;
    const right = message.append(buffer.bytes, buffer.start, count);
    buffer.start += count;
    if (!right) return this.#notUtf8();
    if (message.inFrame) return NEED_MORE;
    if (!message.fin) return CONTINUATION;
    this.#message = null;
    return this.#complete(message);
  }

  #complete(message: PartialMessage): number {
    const { opcode } = message;
    if (message.compressed) {
      const kind = this.#inflated(opcode, message.bytes.subarray(0, message.length));
      message.release();
      return kind;
    }
    if (opcode === BINARY) {
      this.data = message.takeBytes();
      return BINARY;
    }
    if (!message.wholeText) return this.#notUtf8();
    this.text = message.takeText();
    return TEXT;
  }

  #inflated(opcode: number, data: Uint8Array): number {
    let bytes: BufferBytes | null | undefined;
    try {
      bytes = this.#inflater?.inflate(data, this.#maxMessageSize);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#fail("Z_DATA_ERROR", "message does not inflate", INVALID_PAYLOAD);
    }
    if (bytes === null || bytes === undefined) {
      const reason = "message too big after decompression";
      return this.#fail("WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", reason, MESSAGE_TOO_BIG);
    }
    if (opcode === TEXT) return this.#text(bytes, 0, bytes.length);
    this.data = copyOf(bytes, 0, bytes.length);
    return BINARY;
  }

  #text(bytes: BufferBytes, start: number, end: number): number {
    const text = decodeUtf8(bytes, start, end);
    if (text === null) return this.#notUtf8();
    this.text = text;
    return TEXT;
  }

  #control(opcode: number, bytes: BufferBytes, start: number, end: number, key: number): number {
    if (key !== 0) applyMask(bytes, start, end, key, 0);
    if (opcode === CLOSE) return this.#close(bytes, start, end);
    this.data = copyOf(bytes, start, end);
    return opcode;
  }

  #close(bytes: BufferBytes, start: number, end: number): number {
    this.code = 0;
    this.text = "";
    if (start === end) return CLOSE;
    if (start + 1 === end) {
      return this.#fail("WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH", "close frame with half a code", PROTOCOL_ERROR, 1);
    }
    const code = (bytes[start] << 8) | bytes[start + 1];
    if (!isCloseCode(code)) {
      return this.#fail("WS_ERR_INVALID_CLOSE_CODE", `invalid close code ${code}`, PROTOCOL_ERROR, code);
    }
    if (this.#text(bytes, start + 2, end) === FAILED) return FAILED;
    this.code = code;
    return CLOSE;
  }

  #notUtf8(): number {
    return this.#fail("WS_ERR_INVALID_UTF8", "text is not UTF-8", INVALID_PAYLOAD);
  }

  #unknownOpcode(opcode: number): number {
    return this.#fail("WS_ERR_INVALID_OPCODE", `unknown opcode ${opcode}`, PROTOCOL_ERROR, opcode);
  }

  #fail(code: FrameErrorCode, reason: string, closeCode: number = PROTOCOL_ERROR, detail?: number): number {
    this.#message?.release();
    this.#message = null;
    this.error = new FrameError(code, closeCode, reason, detail);
    return FAILED;
  }
}

/** Bytes that the receiver may keep, change and transfer. */
function copyOf(bytes: BufferBytes, start: number, end: number): Bytes {
  const count = end - start;
  const copy = new Uint8Array(count);
  if (count <= TINY) { for (let i = 0; i < count; i++) copy[i] = bytes[start + i]; }
  else copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, count));
  return copy;
}
