/**
 * The proxy of the example hub_proxy on free ports, and its REST interface.
 *
 * @module
 */
import { HubProxy, type HubProxyOptions } from "../../examples/hub_proxy/hub_proxy.ts";
import { latin1Bytes } from "../../src/internal/utf8.ts";
import { RawClient } from "./raw_client.ts";

/** The token of the interface. */
const TOKEN = "secret";
/** A free port of this machine. */
export const HERE: { readonly ip: string; readonly port: number } = { ip: "127.0.0.1", port: 0 };

/** A hub proxy with both its servers. */
export class RunningHub implements AsyncDisposable {
  readonly hub: HubProxy;
  readonly port: number;
  readonly api: number;

  constructor(options: Partial<HubProxyOptions> = {}) {
    this.hub = new HubProxy({ authToken: TOKEN, ...options });
    this.port = this.hub.listen(HERE).port;
    this.api = this.hub.listenApi(HERE).port;
  }

  /** Asks the REST interface; resolves with status and body. */
  async ask(method: string, path: string, body?: unknown, token: string = TOKEN): Promise<[number, string]> {
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const answer = await RawClient.exchange(
      this.api,
      `${method} /api/routes${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: token ${token}\r\n` +
        `Content-Length: ${new TextEncoder().encode(text).length}\r\n\r\n${text}`,
    );
    const [head = "", rest = ""] = answer.split("\r\n\r\n");
    return [Number(head.slice(9, 12)), new TextDecoder().decode(latin1Bytes(rest))];
  }

  /** Sends a GET through the proxy. */
  get(path: string, host = "a"): Promise<string> {
    return RawClient.exchange(this.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub[Symbol.asyncDispose]();
  }
}
