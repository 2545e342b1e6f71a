import { joinBytes } from "../internal/bytes.ts";
import { getAsyncTestTimeout, within } from "./async_test_timeout.ts";
import { type FetchOptions, HTTPClientError } from "./http_client.ts";
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
    const response = await readResponse(request, first, send, options);
    const next = left > 0 ? redirected(request, response) : null;
    if (next === null) {
      if (options.raiseError) response.rethrow();
      return response;
    }
    request = next;
  }
}

/** Sends a request; a time-out or the signal of the options gives it up. */
export async function sendInTime(request: Outgoing, send: Sender, options: FetchOptions): Promise<Incoming> {
  const { requestTimeout = getAsyncTestTimeout() } = options;
  const controller = new AbortController();
  const sending = send(request, controller.signal);
  try {
    return await within(requestTimeout, aborted(sending, options.signal), () => late(request, requestTimeout));
  } catch (error) {
    controller.abort();
    sending.then((incoming) => incoming.close(), () => {});
    throw error;
  }
}

async function readResponse(
  request: Outgoing,
  first: Outgoing,
  send: Sender,
  options: FetchOptions,
): Promise<TestResponse> {
  const { requestTimeout = getAsyncTestTimeout() } = options;
  const incoming = await sendInTime(request, send, options);
  try {
    const pieces = aborted(Array.fromAsync(incoming.pieces), options.signal);
    const body = joinBytes(await within(requestTimeout, pieces, () => late(request, requestTimeout)));
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
  } catch (error) {
    incoming.close();
    throw error;
  }
}

function late(request: Outgoing, seconds: number): Error {
  return new HTTPClientError(
    599,
    `Timeout during request: ${request.method} ${urlOf(request)} took ${seconds} seconds`,
  );
}

/** Waits for a result, unless the signal aborts before. */
async function aborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await result;
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
