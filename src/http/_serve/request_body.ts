import type { Bytes } from "../../internal/bytes.ts";
import { currentClock } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import { LINGER_BYTES, LINGER_SECONDS } from "../../net/internal.ts";
import { genLog } from "../../util/log.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import type { FetchConnection } from "./connection.ts";

/**
 * The most bytes of a body of known length that is taken in one piece, at a quarter of the cost of a stream: as much as
 * the other engine reads at once.
 */
const ONE_PIECE = 65536;

/** Milliseconds for which one body may keep the event loop from other connections. */
const SLICE = 5;
/** Milliseconds from which on a read has waited for the peer: one that finds bytes takes some microseconds. */
const WAITED = 0.25;

/** Bytes of chunks that one after another have not waited for the peer: Deno works on each for up to a millisecond. */
const TINY = 64;

/** Reports that the peer went away before its request was complete. */
export class RequestCutError extends Error {
  override readonly name: string = "RequestCutError";
}

/** Tells whether a body of this length is allowed, and small enough to be taken in one piece. */
export function comesInOnePiece(connection: FetchConnection, length: number): boolean {
  return length >= 0 && length <= ONE_PIECE && length <= connection.maxBodySize && connection.bodyTimeout === null &&
    !connection.done;
}

/**
 * Hands the body of a request to the receiver of the connection, which may hold it back; stops when the exchange
 * has ended.
 *
 * @param length The Content-Length, or -1.
 * @throws {HTTPInputError} 413 if the body is longer than allowed, 408 if it takes longer, 400 if it is malformed.
 * @throws {RequestCutError} If the peer went away.
 */
export function readBody(request: Request, connection: FetchConnection, length: number): void | Promise<void> {
  if (connection.done || length > connection.maxBodySize) {
    dropBody(request);
    if (!connection.done) throw tooLong(connection);
    return;
  }
  if (comesInOnePiece(connection, length)) return request.bytes().then((body) => handOver(connection, body), refuse);
  return request.body === null ? undefined : readStream(request.body, connection);
}

/** Hands over a body that comes in pieces of which the number is not known, or that has a time limit. */
async function readStream(body: ReadableStream<Bytes>, connection: FetchConnection): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  const timeout = connection.bodyTimeout;
  let timedOut = false;
  let timer = timeout === null ? null : currentClock().setTimer(() => {
    timedOut = true;
    cancel();
  }, timeout);
  connection.stopReading = () => {
    timer?.cancel();
    timer = currentClock().setTimer(cancel, LINGER_SECONDS);
    // Not now, because the one who is told may be the one who has just answered.
    queueMicrotask(() => connection.endReading());
  };
  let complete = false;
  try {
    complete = await pump(reader, connection);
  } finally {
    timer?.cancel();
    connection.stopReading = null;
    if (!complete) void linger(reader);
  }
  if (!timedOut) return;
  genLog.info("Timeout reading body from %s", connection.context.remoteIp);
  throw new HTTPInputError("Timeout reading body", { statusCode: 408 });
}

/** Returns whether the body came to its end. */
async function pump(reader: ReadableStreamDefaultReader<Bytes>, connection: FetchConnection): Promise<boolean> {
  let total = 0;
  let last = Infinity;
  let sliceStart = performance.now();
  // Where the answer is complete, the rest of the request is not wanted.
  while (connection.receiver !== null && !connection.done) {
    const asked = performance.now();
    const { done, value } = await reader.read().catch(refuse);
    if (done) return true;
    if (connection.done) return false;
    // Others have had their turn while this read waited.
    const isTiny = value.length <= TINY && last <= TINY;
    if (!isTiny && performance.now() - asked > WAITED) sliceStart = performance.now();
    last = value.length;
    total += value.length;
    if (total > connection.maxBodySize) throw tooLong(connection);
    const held = handOver(connection, value);
    if (held !== undefined) await held;
    if (performance.now() - sliceStart > SLICE) {
      // Deno settles reads in microtasks as long as it has bytes.
      await new Promise((resolve) => setTimeout(resolve, 0));
      sliceStart = performance.now();
    }
  }
  return false;
}

/**
 * Gives bytes to the receiver piece by piece, as it lets go of the one before. Deno ends some bodies with none.
 *
 * @param from The place of the first byte.
 * @returns A promise only if the receiver holds a piece.
 */
export function handOver(connection: FetchConnection, bytes: Bytes, from: number = 0): void | Promise<void> {
  const { chunkSize } = connection;
  for (let at = from; at < bytes.length && connection.receiver !== null && !connection.done; at += chunkSize) {
    const piece = bytes.length <= chunkSize ? bytes : bytes.subarray(at, at + chunkSize);
    const held = connection.receiver.dataReceived(piece);
    if (held !== undefined) return held.then(() => handOver(connection, bytes, at + chunkSize));
  }
}

function dropBody(request: Request): void {
  let body: Request["body"];
  try {
    ({ body } = request);
  } catch {
    // Once the answer is sent, Deno has closed the request.
    return;
  }
  if (body !== null) void linger(body.getReader());
}

/** Reads on for a while. To curl, an answer on HTTP/2 is an error if its request is cancelled before it is sent. */
async function linger(reader: ReadableStreamDefaultReader<Bytes>): Promise<void> {
  const timer = currentClock().setTimer(() => void reader.cancel().catch(() => {}), LINGER_SECONDS);
  try {
    for (let dropped = 0; dropped < LINGER_BYTES;) {
      const { done, value } = await reader.read();
      if (done) return;
      dropped += value.length;
    }
    await reader.cancel();
  } catch {
    // The peer went away, or Deno closed the connection.
  } finally {
    timer.cancel();
  }
}

function tooLong(connection: FetchConnection): HTTPInputError {
  return new HTTPInputError(`Body longer than ${connection.maxBodySize} bytes`, { statusCode: 413 });
}

function refuse(error: unknown): never {
  throw unreadable(error);
}

/** Tells a body that Deno could not parse from one that did not arrive. */
export function unreadable(error: unknown): HTTPInputError | RequestCutError {
  const { message } = toError(error);
  if (/^invalid HTTP/.test(message)) return new HTTPInputError("Malformed request body", { cause: error });
  return new RequestCutError("Cannot read the request body: the connection is closed", { cause: error });
}
