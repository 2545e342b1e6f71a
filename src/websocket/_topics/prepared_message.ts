import type { Bytes } from "../../internal/bytes.ts";
import { Deflater, type DeflateSettings } from "../_deflate/deflater.ts";
import { BINARY, FIN, MAX_HEAD, RSV1, TEXT } from "../_frame/opcodes.ts";
import { encodeText, textFrameRoom, writeBytesFrame, writeTextFrame } from "../_frame/writer.ts";
import { payloadOf } from "../_protocol/payload.ts";

/** A message of a server for many connections: each form of it that one of them needs is made once. */
export class PreparedMessage {
  /** Text or bytes, as the application gave them; objects are text by now. */
  readonly payload: string | Bytes;
  /** `TEXT` or `BINARY`. */
  readonly opcode: number;
  #plain: Bytes | null = null;
  #compressed: Map<DeflateSettings, Bytes> | null = null;

  /**
   * Takes a message, which must not change while this is in use.
   *
   * @param binary Whether it is sent as bytes or as text; `undefined` for as what it is.
   * @throws {TypeError} If it has no JSON form.
   */
  constructor(message: string | object, binary: boolean | undefined) {
    this.payload = payloadOf(message);
    this.opcode = binary ?? typeof this.payload !== "string" ? BINARY : TEXT;
  }

  /** Whether it is sent as bytes. */
  get binary(): boolean {
    return this.opcode === BINARY;
  }

  /** The length by which limits are checked: of a text in UTF-16 units. */
  get length(): number {
    return this.payload.length;
  }

  /** The message as UTF-8 or bytes. It may lie in memory that is used again soon. */
  get bytes(): Bytes {
    return typeof this.payload === "string" ? encodeText(this.payload) : this.payload;
  }

  /** The frame without compression, which nobody may change. */
  get plain(): Bytes {
    return this.#plain ??= this.#makePlain();
  }

  /**
   * The frame for a connection that compresses so, whether its messages stand alone or not: this one does, and a peer that keeps its
   * window understands it all the same. A message that compression makes no shorter is the same as {@linkcode plain}.
   */
  compressed(settings: DeflateSettings): Bytes {
    const compressed = this.#compressed ??= new Map();
    let made = compressed.get(settings);
    if (made === undefined) compressed.set(settings, made = this.#makeCompressed(settings));
    return made;
  }

  #makePlain(): Bytes {
    const { payload, opcode } = this;
    if (typeof payload !== "string" || opcode !== TEXT) return frame(FIN | opcode, this.bytes);
    const memory = new Uint8Array(textFrameRoom(payload));
    return memory.subarray(0, writeTextFrame(memory, 0, { text: payload, masked: false }));
  }

  #makeCompressed(settings: DeflateSettings): Bytes {
    const { bytes } = this;
    const deflated = new Deflater(settings, false).deflate(bytes);
    return deflated.length < bytes.length ? frame(FIN | RSV1 | this.opcode, deflated) : this.plain;
  }
}

/** A frame in memory of its own. */
function frame(first: number, payload: Uint8Array): Bytes {
  const memory = new Uint8Array(MAX_HEAD + payload.length);
  return memory.subarray(0, writeBytesFrame(memory, 0, { first, payload, masked: false }));
}
