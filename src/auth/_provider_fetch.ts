import type { HTTPResponse } from "../http/httpclient.ts";
import { addChunk, type ByteChunks, joinChunks } from "../internal/byte_chunks.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { AuthError } from "./auth_error.ts";

/** The options that logins give a client; those of `AsyncHTTPClient`, times in seconds. */
export interface AuthRequestOptions {
  /** The method. */
  readonly method?: string;
  /** The headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. */
  readonly body?: string | null;
  /** The time for the connection to be made. */
  readonly connectTimeout?: number;
  /** The time for all of it. */
  readonly requestTimeout?: number;
  /** Tells whether to follow redirects. */
  readonly followRedirects?: boolean;
  /** Tells whether a status other than 2xx is an error. */
  readonly raiseError?: boolean;
  /** Gets the pieces of the body; a client that does not know it gives the whole body with the response. */
  readonly streamingCallback?: (chunk: Bytes) => void;
}

/** The part of a client that logins use; `AsyncHTTPClient` has it, and `MockHTTPClient` for tests. */
export interface AuthHTTPClient {
  /** Makes a request and resolves with the whole response. */
  fetch(url: string, options?: AuthRequestOptions): Promise<Pick<HTTPResponse, "body" | "code" | "headers" | "json">>;
}

/** A request as the protocol code makes it. */
export interface ProviderRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Sends a request to the provider. */
export type ProviderFetch = (url: string, request: ProviderRequest) => Promise<Response>;

/** Seconds for all requests of one step of a login: a visitor waits for them. */
const PATIENCE = 10;

/** The most bytes of an answer. Metadata, keys, tokens and claims are a few KiB. */
const MAX_ANSWER = 1 << 20;

/** Statuses whose responses have no body. */
const NO_BODY = new Set([204, 205, 304]);

/**
 * Makes a function that sends requests through a client: without redirects, with one deadline for all of them, and a
 * limit for each answer.
 *
 * The function throws an {@linkcode AuthError} if there is no whole answer.
 */
export function providerFetch(client: AuthHTTPClient): ProviderFetch {
  const clock = currentClock();
  const deadline = clock.monotonic() + PATIENCE;
  return async (url, { method, headers, body }) => {
    const left = deadline - clock.monotonic();
    if (left <= 0) throw new AuthError("the provider is too slow");
    const { "user-agent": _library, ...others } = headers;
    const answer = new Answer();
    const response = await client.fetch(url, {
      method,
      headers: others,
      body: body === undefined || body === null ? null : String(body),
      connectTimeout: left,
      requestTimeout: left,
      followRedirects: false,
      raiseError: false,
      streamingCallback: (chunk) => answer.add(chunk),
    }).catch((error: unknown) => {
      throw answer.tooLarge ?? new AuthError(`the provider cannot be asked: ${faultName(error)}`);
    });
    // A stand-in for the client need not know of streamingCallback.
    if (response.body.length > 0) answer.add(response.body);
    if (response.code < 200 || response.code > 599) throw new AuthError(`the provider answers ${response.code}`);
    return new Response(NO_BODY.has(response.code) ? null : answer.bytes(), {
      status: response.code,
      headers: [...response.headers.getAll()],
    });
  };
}

/** The body of an answer, up to its limit. */
class Answer {
  #chunks: ByteChunks = null;
  #length = 0;
  /** What is thrown if the limit was passed. */
  tooLarge: AuthError | null = null;

  add(chunk: Bytes): void {
    this.#length += chunk.length;
    if (this.#length > MAX_ANSWER) {
      throw this.tooLarge ??= new AuthError(`the provider's answer is larger than ${MAX_ANSWER} bytes`);
    }
    // The client may use its buffer again.
    this.#chunks = addChunk(this.#chunks, chunk.slice());
  }

  bytes(): Bytes {
    return joinChunks(this.#chunks);
  }
}

/** The kind of an error, without its message: that may quote a header with a secret. */
function faultName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
