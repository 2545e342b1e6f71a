import { IOStream, SSLIOStream } from "../net/iostream.ts";
import { exchange } from "./_exchange.ts";
import type { FetchOptions, HTTPClient } from "./http_client.ts";
import type { Incoming } from "./_incoming.ts";
import { makeRequest, type Outgoing } from "./_outgoing.ts";
import { fetchResponse } from "./_request.ts";
import type { TestResponse } from "./test_response.ts";

const LOCAL = { protocol: "http", host: "127.0.0.1" } as const;

/** The client of test cases: it connects to the host of each URL, with one connection for each request. */
export class PortClient implements HTTPClient {
  readonly #caCerts: string[];
  readonly #open: Set<IOStream> = new Set();

  /** Makes a client that trusts the given root certificates, in PEM, besides those of the system. */
  constructor(caCerts: string[] = []) {
    this.#caCerts = caCerts;
  }

  async fetch(url: string | URL, options: FetchOptions = {}): Promise<TestResponse> {
    const request = await makeRequest(url, options, LOCAL);
    request.headers.setdefault("Connection", "close");
    const send = (next: Outgoing, signal: AbortSignal) => this.#send(next, signal);
    return await fetchResponse(request, send, { raiseError: true, ...options });
  }

  close(): void {
    for (const stream of this.#open) stream.close();
  }

  async #send(request: Outgoing, signal: AbortSignal): Promise<Incoming> {
    const { protocol, host } = request;
    const { hostname, port } = new URL(`${protocol}://${host}/`);
    // Brackets of an IPv6 address belong to the URL.
    const name = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
    const stream = protocol === "https"
      ? await SSLIOStream.connect({ hostname: name, port: Number(port || 443), caCerts: this.#caCerts })
      : await IOStream.connect({ hostname: name, port: Number(port || 80) });
    this.#open.add(stream);
    const { head, keepsAlive } = exchange(stream, request, signal);
    keepsAlive.then(() => {
      stream.close();
      this.#open.delete(stream);
    });
    return await head;
  }
}
