import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { type ResolvedAddress, Resolver, type SSLOptions } from "../../src/net/netutil.ts";

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

/** How the server of error pages is spoken to. */
export interface PageClientOptions {
  /** The Unix socket at which it is, or `null`. */
  readonly socket: string | null;
  readonly sslOptions: SSLOptions;
  /** Takes any certificate. */
  readonly insecure: boolean;
}

/** Asks the server of error pages. */
export class PageClient {
  readonly #client: AsyncHTTPClient;
  readonly #options: PageClientOptions;

  constructor(options: PageClientOptions) {
    const { socket } = this.#options = options;
    this.#client = new AsyncHTTPClient({
      forceInstance: true,
      ...(socket === null ? {} : { resolver: new SocketResolver(socket) }),
    });
  }

  /** Resolves with what the server answers, whatever its status. */
  async fetch(url: string): Promise<{ readonly type: string | null; readonly body: Uint8Array<ArrayBuffer> }> {
    const { sslOptions, insecure } = this.#options;
    const tls = { sslOptions, validateCert: !insecure };
    const options = { raiseError: false, followRedirects: false, requestTimeout: TIMEOUT, ...tls };
    const { headers, body } = await this.#client.fetch(url, options);
    return { type: headers.get("Content-Type"), body };
  }

  close(): void {
    this.#client.close();
  }
}
