import type { Bytes } from "../../internal/bytes.ts";
import { handled } from "../../internal/promises.ts";
import { byteLength } from "../../internal/utf8.ts";
import { type BaseIOStream, StreamClosedError } from "../../net/iostream.ts";
import { HTTPOutputError } from "../_httputil/errors.ts";
import { CR, LF } from "./chars.ts";
import { MessageFraming } from "./message_head.ts";

/** The most bytes around a chunk: a size of eight digits, and two line ends. */
const MOST_FRAMING = 12;
/**
 * Chunks up to this length are copied behind their sizes, so that each leaves in one write: a line of its own before it
 * and one behind it cost more. With their framing, they fit the largest pooled buffer of a stream.
 */
const MOST_COPIED = 131072 - MOST_FRAMING;

/** Up to this length a body that is ASCII goes with its head as one text. */
const SHORT_BODY = 2048;

// The state of a message, as bits: each field would take eight bytes of every event stream.
/** Nothing more is sent, though the message is not complete. */
const STOPPED = 1;
/** Something could not be sent because the stream was closed. */
const LOST = 2;

/**
 * Writes one message to a stream: its head as text, its body as the framing says.
 *
 * An exchange extends this: as an object of its own, it would take 40 bytes more of each event stream.
 */
export abstract class MessageWriter extends MessageFraming {
  #outcome = 0;

  /** The stream that is written to. */
  abstract readonly stream: BaseIOStream;

  /** Tells whether nothing more is sent, though the message is not complete. */
  protected get stopped(): boolean {
    return (this.#outcome & STOPPED) !== 0;
  }

  /** Drops everything that is written from now on. */
  protected drop(): void {
    this.#outcome |= STOPPED;
  }

  /** Writes the head, which is latin1. */
  protected head(head: string): void {
    this.#sendLatin1(head);
  }

  /** Counts a chunk before any of it is sent; returns whether it fits into the Content-Length. */
  protected takes(chunk: Bytes | string): boolean {
    if (this.remaining < 0) return true;
    const length = byteLength(chunk);
    if (length > this.remaining) return false;
    this.remaining -= length;
    return true;
  }

  /** Writes a chunk that was counted. */
  protected chunk(chunk: Bytes | string): void {
    if (this.bodyless) return;
    if (!this.chunking) return this.#send(chunk);
    const length = byteLength(chunk);
    // An empty chunk would end the body.
    if (length === 0) return;
    if (typeof chunk !== "string" && length <= MOST_COPIED && this.#canSend()) {
      this.stream.sendBy(length + MOST_FRAMING, writeChunk, chunk);
    } else {
      this.#send(`${length.toString(16)}\r\n`);
      this.#send(chunk);
      this.#send("\r\n");
    }
  }

  /**
   * @param trailers The field lines after a chunked body, or "".
   * @throws {HTTPOutputError} If bytes of the body are missing; the connection is closed then.
   */
  protected end(trailers: string = ""): void {
    // Who has been told already that the message is broken need not be told again.
    if (this.remaining > 0 && !this.stopped && !this.stream.closed()) {
      const error = new HTTPOutputError(`Tried to write ${this.remaining} bytes less than Content-Length`);
      this.stream.close(error);
      throw error;
    }
    if (this.chunking) {
      this.#sendLatin1(`0\r\n${trailers}\r\n`);
    }
  }

  protected fits(length: number): boolean {
    return this.remaining < 0 || this.remaining === length;
  }

  /** Writes a whole message in as few pieces as possible. `length` is that of the body, which {@linkcode fits}. */
  protected whole(head: string, body: Bytes | string | null, length: number): void {
    if (this.bodyless || length === 0 || body === null) {
      this.#sendLatin1(head);
    } else if (typeof body === "string" && length === body.length && length <= SHORT_BODY) {
      // As many bytes as characters: all of them are ASCII, which is latin1.
      this.#sendLatin1(head + body);
    } else {
      this.#sendLatin1(head);
      this.#send(body);
    }
  }

  /** Sends nothing more, and closes the stream after the bytes that were sent. */
  protected stop(): void {
    this.#outcome |= STOPPED;
    this.stream.closeWhenWritten();
  }

  /** Resolves when the kernel has everything; rejects with `StreamClosedError` if it never will. */
  drained(): Promise<void> {
    if ((this.#outcome & LOST) === 0) return this.stream.drained();
    return handled(Promise.reject(new StreamClosedError(this.stream.error)));
  }

  #send(data: Bytes | string): void {
    if (this.#canSend() && data.length > 0) this.stream.send(data);
  }

  #sendLatin1(text: string): void {
    if (this.#canSend()) this.stream.sendLatin1(text);
  }

  /** Tells whether something can be sent. Whoever waits for a closed stream learns it from the promise. */
  #canSend(): boolean {
    if ((this.#outcome & STOPPED) === 0 && !this.stream.closed()) return true;
    this.#outcome |= LOST;
    return false;
  }
}

/** Writes a chunk with its framing into memory of the stream. */
function writeChunk(memory: Bytes, start: number, chunk: Bytes): number {
  const size = chunk.length.toString(16);
  let at = start;
  for (let i = 0; i < size.length; i++) memory[at++] = size.charCodeAt(i);
  memory[at++] = CR;
  memory[at++] = LF;
  memory.set(chunk, at);
  at += chunk.length;
  memory[at++] = CR;
  memory[at++] = LF;
  return at - start;
}
