import { joinBytes } from "../internal/bytes.ts";
import { getAsyncTestTimeout } from "./async_test_timeout.ts";
import { within } from "./_running.ts";
import { HTTPClientError } from "../http/httpclient.ts";
import type { FetchOptions } from "./http_client.ts";
import type { Incoming } from "./_incoming.ts";
import { type Outgoing, redirected, urlOf } from "./_outgoing.ts";
import { TestResponse } from "./test_response.ts";

/** The most redirects that are followed unless told otherwise, as in Tornado. */
const MAX_REDIRECTS = 5;

/** Sends a request and resolves when the head of the response has come; the signal gives up before that. */
export type Sender = (request: Outgoing, signal: AbortSignal) => Promise<Incoming>;

/** Makes a request, and those that redirects lead to, and reads the last response. */
export async function fetchResponse(first: Outgoing, send: Sender, options: FetchOptions): Promise<TestResponse> {
  const { followRedirects = true, maxRedirects = MAX_REDIRECTS } = options;
  let request = first;
  for (let left = followRedirects ? maxRedirects : 0;; left--) {
    const response = await inTime(request, send, options, (incoming) => readResponse(request, first, incoming));
    const next = left > 0 ? redirected(request, response) : null;
    if (next === null) {
      if (options.raiseError) response.rethrow();
      return response;
    }
    request = next;
  }
}

/**
 * Sends a request and resolves with what `read` makes of the response. A time-out, or the signal of the options, gives
 * the request up.
 */
export async function inTime<T>(
  request: Outgoing,
  send: Sender,
  options: FetchOptions,
  read: (incoming: Incoming) => T | Promise<T>,
): Promise<T> {
  const { requestTimeout = getAsyncTestTimeout(), signal } = options;
  const controller = new AbortController();
  let incoming: Incoming | null = null;
  const work = async () => {
    incoming = await send(request, controller.signal);
    if (controller.signal.aborted) incoming.close();
    return await read(incoming);
  };
  const late = () => timeoutError(request, requestTimeout);
  try {
    return await within(requestTimeout, signal === undefined ? work() : aborted(work(), signal), late);
  } catch (error) {
    controller.abort();
    closeIfThere(incoming);
    throw error;
  }
}

/** Closes a response; a function, since the compiler does not see that a callback sets the variable. */
function closeIfThere(incoming: Incoming | null): void {
  incoming?.close();
}

async function readResponse(request: Outgoing, first: Outgoing, incoming: Incoming): Promise<TestResponse> {
  const body = joinBytes(await Array.fromAsync(incoming.pieces));
  const { code, reason, headers } = incoming;
  const { method } = first;
  return new TestResponse({
    code,
    reason,
    headers,
    body,
    effectiveUrl: urlOf(request),
    request: { method, url: urlOf(first), headers: first.headers },
  });
}

function timeoutError(request: Outgoing, seconds: number): Error {
  return new HTTPClientError(
    599,
    `Timeout during request: ${request.method} ${urlOf(request)} took ${seconds} seconds`,
  );
}

/** Waits for a result, unless the signal aborts before. */
async function aborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const gone = Promise.withResolvers<never>();
  const abort = () => gone.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([result, gone.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
