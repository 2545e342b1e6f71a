import type { HTTPHeadersInit } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { TestResponse } from "./test_response.ts";

/** The body of a request: all of it, a form, or pieces that are sent one after another. */
export type FetchBody =
  | string
  | Bytes
  | URLSearchParams
  | FormData
  | Blob
  | Iterable<string | Bytes>
  | AsyncIterable<string | Bytes>;

/** Options of a request, named as those of Tornado's `HTTPRequest`. */
export interface FetchOptions {
  /**
   * The method.
   *
   * @default {"GET"}
   */
  method?: string;
  /**
   * The headers of the request.
   *
   * @default {{}}
   */
  headers?: HTTPHeadersInit;
  /**
   * The body. The text of a POST without a Content-Type is a form, as in Tornado.
   *
   * @default {null}
   */
  body?: FetchBody | null;
  /**
   * The user for basic authentication.
   *
   * @default {none}
   */
  authUsername?: string;
  /**
   * The password for basic authentication.
   *
   * @default {""}
   */
  authPassword?: string;
  /**
   * Tells whether to follow redirects. A POST that is redirected with 301, 302 or 303 becomes a GET.
   *
   * @default {true}
   */
  followRedirects?: boolean;
  /**
   * The most redirects to follow; the response after the last one is returned.
   *
   * @default {5}
   */
  maxRedirects?: number;
  /**
   * Tells whether a response with an error status rejects with an {@linkcode HTTPClientError}.
   *
   * @default {true}
   */
  raiseError?: boolean;
  /**
   * Seconds of real time for each response, its body included.
   *
   * @default {the result of getAsyncTestTimeout()}
   */
  requestTimeout?: number;
  /** Aborts the request. */
  signal?: AbortSignal;
}

/**
 * A client for HTTP as applications use it: the part of Tornado's `AsyncHTTPClient` that {@linkcode MockHTTPClient}
 * stands in for.
 */
export interface HTTPClient {
  /**
   * Makes a request and resolves with the whole response.
   *
   * @throws {HTTPClientError} If no response comes, or if its status is an error and `raiseError` is not `false`.
   */
  fetch(url: string | URL, options?: FetchOptions): Promise<TestResponse>;
  /** Closes the connections of the client. */
  close(): void;
}
