import type { Bytes } from "../internal/bytes.ts";
import { type Message, rawMessage } from "../internal/json_object.ts";
import { jsonEncode, utf8 } from "../util/escape.ts";
import type { HistoryPosition } from "./history.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where a message comes from. */
export interface MessageSource {
  /** The random name of the `Topics` object that published it: 32 hexadecimal digits. */
  readonly origin: string;
  /** The number of the message among all messages of its origin, from 1. */
  readonly number: number;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  /**
   * Where the message stands in the history of its topic, if there is one.
   *
   * @default {null}
   */
  readonly position?: HistoryPosition | null;
  /**
   * The topic.
   *
   * @default {""}
   */
  readonly topic?: string;
}

/**
 * A message on its way to many subscribers.
 *
 * Each encoding of it is made once, whatever the number of receivers is: see {@linkcode TopicMessage.encoding}.
 *
 * @example
 * ```ts
 * import { TopicMessage } from "@twister/twister/pubsub";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * const source = { origin: "0".repeat(32), number: 1, time: Date.now() };
 * const message = new TopicMessage({ price: 12.5 }, source);
 * assertEquals([message.text, message.binary], ['{"price":12.5}', false]);
 *
 * const eventStream = {};
 * const encode = ({ text }: TopicMessage) => new TextEncoder().encode(`data: ${text}\n\n`);
 * const event = message.encoding(eventStream, encode);
 * assertStrictEquals(message.encoding(eventStream, encode), event);
 * ```
 */
export class TopicMessage {
  /**
   * Text, or bytes that must not be changed. A text that came from a broker may be bytes here, but not in
   * {@linkcode text}.
   */
  readonly payload: string | Bytes;
  /** Tells bytes (`true`) from text. */
  readonly binary: boolean;
  /** Where it comes from. */
  readonly source: MessageSource;
  #text: string | null = null;
  #bytes: Bytes | null = null;
  // Most messages have one encoding, or two.
  #lastKey: object | null = null;
  #lastEncoding: Bytes | null = null;
  #encodings: Map<object, Bytes> | null = null;

  /**
   * Makes a message.
   *
   * @param message Text; bytes, which are copied; or an object or array, which becomes JSON.
   * @param binary Whether it is bytes or text; by default text and JSON are text, and bytes are bytes.
   * @throws {TypeError} If the message has no JSON form, or is a Map, a Set or a promise.
   */
  constructor(message: Message, source: MessageSource, binary?: boolean) {
    this.payload = payloadOf(message);
    this.binary = binary ?? typeof this.payload !== "string";
    this.source = source;
  }

  /** The name of the message among all that share a broker: its origin, a hyphen, and its number there. */
  get id(): string {
    return `${this.source.origin}-${this.source.number}`;
  }

  /** When the message was published, in milliseconds since 1970, by the clock of its publisher. */
  get time(): number {
    return this.source.time;
  }

  /** Where the message stands in the history of its topic; `null` if `Topics` keeps none. */
  get position(): HistoryPosition | null {
    return this.source.position ?? null;
  }

  /** The topic; `""` for a message that was made by hand. */
  get topic(): string {
    return this.source.topic ?? "";
  }

  /** The length of {@linkcode payload}: bytes, or UTF-16 units of text. */
  get length(): number {
    return this.payload.length;
  }

  /** The message as text; bytes are decoded as UTF-8. */
  get text(): string {
    if (typeof this.payload === "string") return this.payload;
    return this.#text ??= decoder.decode(this.payload);
  }

  /** The message as bytes, which must not be changed; text is encoded as UTF-8. */
  get bytes(): Bytes {
    if (typeof this.payload !== "string") return this.payload;
    return this.#bytes ??= utf8(this.payload);
  }

  /**
   * Returns the message as one kind of receiver needs it, and makes that form when it is first asked for.
   *
   * @param by Names the encoding: an object that its receivers share, such as the settings of a compressor.
   * @param encode Makes the encoding. Its bytes must not be changed.
   */
  encoding<K extends object>(by: K, encode: (message: TopicMessage, by: K) => Bytes): Bytes {
    if (this.#lastKey === by && this.#lastEncoding !== null) return this.#lastEncoding;
    const encodings = this.#encodings ??= new Map();
    let made = encodings.get(by);
    if (made === undefined) encodings.set(by, made = encode(this, by));
    this.#lastKey = by;
    return this.#lastEncoding = made;
  }
}

/** The bytes of a message are copied: their owner may change them before all have them. */
function payloadOf(message: Message): string | Bytes {
  const raw = rawMessage(message) ?? jsonEncode(message);
  return typeof raw === "string" ? raw : new Uint8Array(raw);
}
