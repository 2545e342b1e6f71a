import type { Bytes } from "../../internal/bytes.ts";
import { currentClock } from "../../internal/clock.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { ResponseStartLine } from "../_httputil/start_lines.ts";
import type { ResponseSink } from "./client_connection.ts";
import { findChallenge } from "./digest.ts";
import { redirected } from "./redirect.ts";
import type { FinalResponse } from "./response_body.ts";
import { pauseBefore } from "./retry.ts";
import type { SettledRequest } from "./settled_request.ts";
import { userOf } from "./wire_request.ts";

/** The most bytes that are read of a response which another one follows, so that its connection can be used again. */
const MAX_DISCARDED = 64 * 1024;

/** The step after the response of a hop: another request, the same one again after a pause, or nothing. */
export type Following =
  | { readonly kind: "request"; readonly request: SettledRequest }
  | { readonly kind: "retry"; readonly pause: number }
  | null;

/** Ends the reading of a response that something follows, and that is too long to be read for that. */
export class Discarded extends Error {}

/** Decides what follows a response when its head has come, and passes on only the response that nothing follows. */
export class Hop implements ResponseSink {
  readonly #request: SettledRequest;
  readonly #retries: number;
  readonly #final: FinalResponse;
  readonly maxBodySize: number;
  #discarded = 0;
  following: Following = null;
  /** The head of the response, once it has come. */
  startLine: ResponseStartLine | null = null;
  headers: HTTPHeaders | null = null;
  /** Seconds of the monotonic clock at which the head came; 0 before that. */
  answeredAt = 0;
  /** Seconds that the hop has waited for its turn. */
  queued = 0;
  /** Seconds until there was a connection; negative if the engine does not know. */
  connected = -1;

  /** @param retries The number of retries before this hop. */
  constructor(request: SettledRequest, retries: number, final: FinalResponse) {
    this.#request = request;
    this.#retries = retries;
    this.#final = final;
    this.maxBodySize = final.maxBodySize;
  }

  /** Tells whether a body is going to be sent, or handed on, in pieces. */
  get isStreamed(): boolean {
    return this.#final.isStreamed || this.#request.body?.kind === "stream";
  }

  head(startLine: ResponseStartLine, headers: HTTPHeaders): void | Promise<void> {
    const request = this.#request;
    const { settings, url } = request;
    this.startLine = startLine;
    this.answeredAt = currentClock().monotonic();
    this.headers = headers;
    settings.cookies?.store(url, headers);
    this.following = this.#decide(startLine.code, headers);
    return this.following === null ? this.#final.head(startLine, headers) : undefined;
  }

  data(chunk: Bytes): void | Promise<void> {
    if (this.following === null) return this.#final.data(chunk);
    this.#discarded += chunk.length;
    if (this.#discarded > MAX_DISCARDED) throw new Discarded();
  }

  #decide(code: number, headers: HTTPHeaders): Following {
    const next = redirected(this.#request, code, headers);
    if (next !== null) return { kind: "request", request: next };
    const authenticated = code === 401 ? answerOf(this.#request, headers) : null;
    if (authenticated !== null) return { kind: "request", request: authenticated };
    const pause = retryPause(this.#request, this.#retries, code, headers);
    return pause === null ? null : { kind: "retry", pause };
  }
}

/** Returns the request that answers a challenge of Digest authentication; `null` if there is no answer, or no other. */
function answerOf(request: SettledRequest, headers: HTTPHeaders): SettledRequest | null {
  const { settings, body, challenge: before } = request;
  if (settings.authMode !== "digest" || userOf(request) === null || body?.kind === "stream") return null;
  const challenge = findChallenge(headers);
  if (challenge === null) return null;
  // The answer was right if only its nonce was too old (RFC 7616, section 3.3); to be told so twice is enough.
  if (before !== null && (!challenge.isStale || before.isStale)) return null;
  return { ...request, challenge };
}

/** Seconds before the request is sent again, `null` if it is not. */
export function retryPause(
  { settings, method, body }: SettledRequest,
  count: number,
  code: number | null,
  headers: HTTPHeaders | null,
): number | null {
  if (settings.retry === null) return null;
  const isReplayable = body?.kind !== "stream";
  return pauseBefore(settings.retry, { method, count, code, headers, isReplayable }, Math.random());
}
