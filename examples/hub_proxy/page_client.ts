import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { type ResolvedAddress, Resolver } from "../../src/net/netutil.ts";

/** Seconds that a server of error pages may take. */
const TIMEOUT = 10;

/** Finds all hosts at one Unix socket. */
class SocketResolver extends Resolver {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override resolve(): Promise<ResolvedAddress[]> {
    return Promise.resolve([["unix", { transport: "unix", path: this.#path }]]);
  }
}

/** Asks the server of error pages. */
export class PageClient {
  readonly #client: AsyncHTTPClient;

  /** @param socket The Unix socket at which it is, or `null`. */
  constructor(socket: string | null) {
    this.#client = new AsyncHTTPClient({
      forceInstance: true,
      ...(socket === null ? {} : { resolver: new SocketResolver(socket) }),
    });
  }

  /** Resolves with what the server answers, whatever its status. */
  async fetch(url: string): Promise<{ readonly type: string | null; readonly body: Uint8Array<ArrayBuffer> }> {
    const options = { raiseError: false, followRedirects: false, requestTimeout: TIMEOUT };
    const { headers, body } = await this.#client.fetch(url, options);
    return { type: headers.get("Content-Type"), body };
  }

  close(): void {
    this.#client.close();
  }
}
