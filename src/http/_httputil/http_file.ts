import type { Bytes } from "../../internal/bytes.ts";

/** The fields of an {@linkcode HTTPFile}. */
export interface HTTPFileInit {
  /** Name that the client gave. */
  filename: string;
  /** Content. */
  body: Bytes;
  /** Media type that the client gave. */
  contentType: string;
}

/**
 * An uploaded file of a form. The name and type that the client gives are not checked. Tornado's `HTTPFile`.
 *
 * @example
 * ```ts
 * import { HTTPFile } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const file = new HTTPFile({ filename: "a.txt", body: new TextEncoder().encode("hi"), contentType: "text/plain" });
 * assertEquals(file.body.length, 2);
 * ```
 */
export class HTTPFile {
  /** Name that the client gave. Never use it as a path without a check. */
  filename: string;
  /** Content: a view of the request's body. */
  body: Bytes;
  /** Media type that the client gave, `application/unknown` if it gave none. */
  contentType: string;

  /** Makes a file of its fields. */
  constructor(init: HTTPFileInit) {
    this.filename = init.filename;
    this.body = init.body;
    this.contentType = init.contentType;
  }
}
