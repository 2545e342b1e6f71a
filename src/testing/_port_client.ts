import { AsyncHTTPClient } from "../http/httpclient.ts";
import { getAsyncTestTimeout } from "./async_test_timeout.ts";
import type { FetchOptions, HTTPClient } from "./http_client.ts";
import { makeRequest, urlOf } from "./_outgoing.ts";
import { TestResponse } from "./test_response.ts";

const LOCAL = { protocol: "http", host: "127.0.0.1" } as const;

/** The client of test cases: it connects to the host of each URL, with one connection for each request. */
export class PortClient implements HTTPClient {
  readonly #client: AsyncHTTPClient;

  /** Makes a client that trusts the given root certificate, in PEM, besides those of the system. */
  constructor(caCerts: string | null = null) {
    const defaults = { caCerts, decompressResponse: false, allowNonstandardMethods: true };
    this.#client = new AsyncHTTPClient({ forceInstance: true, idleTimeout: 0, defaults });
  }

  async fetch(url: string | URL, options: FetchOptions = {}): Promise<TestResponse> {
    const { requestTimeout = getAsyncTestTimeout(), followRedirects = true, maxRedirects = 5, signal = null } = options;
    const first = await makeRequest(url, options, LOCAL);
    const { method, headers, body } = first;
    headers.setdefault("Connection", "close");
    const { code, reason, headers: fields, body: bytes, effectiveUrl } = await this.#client.fetch(urlOf(first), {
      ...{ method, headers, body, requestTimeout, followRedirects, maxRedirects, signal },
      raiseError: false,
    });
    const request = { method, url: urlOf(first), headers };
    const response = new TestResponse({ code, reason, headers: fields, body: bytes, effectiveUrl, request });
    if (options.raiseError ?? true) response.rethrow();
    return response;
  }

  close(): void {
    this.#client.close();
  }
}
