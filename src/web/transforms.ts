import type { HTTPHeaders, HTTPServerRequest } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";

/** The status, headers and first bytes of a response, as a transform takes and returns them. */
export type FirstChunk = [statusCode: number, headers: HTTPHeaders, chunk: Bytes];

/** A class of transforms; an application makes one for each request. */
export type OutputTransformClass = new (request: HTTPServerRequest) => OutputTransform;

/**
 * Changes a response on its way out, such as by compressing it; this one changes nothing. Tornado's `OutputTransform`.
 *
 * @example
 * ```ts
 * import { Application, OutputTransform } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Upper extends OutputTransform {
 *   override transformChunk(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
 *     return new TextEncoder().encode(new TextDecoder().decode(chunk).toUpperCase());
 *   }
 * }
 *
 * const app = new Application([], { transforms: [Upper] });
 * assertEquals(app.transforms, [Upper]);
 * ```
 */
export class OutputTransform {
  /** Makes a transform for the response to one request. */
  constructor(_request: HTTPServerRequest) {}

  /**
   * Transforms the beginning of a response.
   *
   * @param headers The headers, which may be changed in place. A Content-Length must agree with the transformed body.
   * @param finishing `true` if the chunk is the whole body.
   * @returns What to send instead.
   */
  transformFirstChunk(statusCode: number, headers: HTTPHeaders, chunk: Bytes, _finishing: boolean): FirstChunk {
    return [statusCode, headers, chunk];
  }

  /**
   * Tells, once the beginning is transformed, that the rest of the response stays unchanged: a response that lasts then
   * forgets the transform.
   */
  get isIdle(): boolean {
    return false;
  }

  /**
   * Transforms a later piece of the body.
   *
   * @param finishing `true` if they are the last.
   * @returns What to send instead.
   */
  transformChunk(chunk: Bytes, _finishing: boolean): Bytes {
    return chunk;
  }
}
