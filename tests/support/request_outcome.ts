/**
 * What the HTTP/1 parsers make of a stream of bytes, as one value that can be compared.
 *
 * @module
 */
import { ByteBuffer } from "../../src/internal/byte_buffer.ts";
import { ChunkedDecoder } from "../../src/http/_http1/chunked_decoder.ts";
import { CHUNKED } from "../../src/http/_http1/framing.ts";
import { RequestHeadParser } from "../../src/http/_http1/request_head.ts";
import { HTTPInputError } from "../../src/http/httputil.ts";

/** A complete request, a documented error, or `"more"`. */
export type Outcome =
  | { kind: "request"; method: string; target: string; minor: number; block: string; body: string; rest: string }
  | { kind: "error"; status: number; message: string }
  | { kind: "more" };

/** Small limits, so that they are reached. */
const MAX_HEAD = 256;
const MAX_BODY = 1024;

/** Feeds the pieces one after another and returns what came of the first request; other exceptions go through. */
export function outcomeOf(pieces: Iterable<Uint8Array>): Outcome {
  const buffer = new ByteBuffer();
  const parser = new RequestHeadParser();
  let decoder: ChunkedDecoder | null = null;
  let left = -1;
  let body = "";
  let outcome: Outcome | null = null;
  for (const piece of pieces) {
    buffer.append(piece);
    if (outcome !== null) continue;
    try {
      if (left < 0 && decoder === null) {
        if (!parser.parse(buffer.bytes, buffer.start, buffer.end, MAX_HEAD)) continue;
        buffer.start += parser.length;
        left = parser.fields.bodyLength(0);
        if (left === CHUNKED) decoder = new ChunkedDecoder(MAX_HEAD);
        if (left > MAX_BODY) throw new HTTPInputError("too long", { statusCode: 413 });
      }
      if (decoder !== null) {
        body += latin1(decoder.decode(buffer, MAX_BODY, 65536));
        if (decoder.done) left = 0;
      } else {
        const count = Math.min(left, buffer.length);
        body += buffer.takeLatin1(count);
        left -= count;
      }
      if (left === 0) {
        const { method, target, minor, block } = parser;
        outcome = { kind: "request", method, target, minor, block, body, rest: "" };
      }
    } catch (error) {
      if (!(error instanceof HTTPInputError)) throw error;
      outcome = { kind: "error", status: error.statusCode, message: error.message };
    }
  }
  if (outcome?.kind === "request") outcome.rest = buffer.takeLatin1(buffer.length);
  return outcome ?? { kind: "more" };
}

function latin1(bytes: Uint8Array | null): string {
  return bytes === null ? "" : String.fromCharCode(...bytes);
}
