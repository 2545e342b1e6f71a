import { responses } from "../../src/http/httputil.ts";
import type { SSLOptions } from "../../src/net/netutil.ts";
import { appLog } from "../../src/util/log.ts";
import type { PageClient } from "./page_client.ts";
import { unixTarget } from "./routes.ts";

const HTML = "text/html; charset=UTF-8";

/** An error page. */
export interface ErrorPage {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode ErrorPages}. */
export interface ErrorPagesOptions {
  /** The URL of a server that is asked for `CODE?url=PATH`, or "". */
  readonly errorTarget: string;
  /** A folder with `CODE.html` and `error.html`, or "". */
  readonly errorPath: string;
  /** TLS to that server. */
  readonly clientSsl: SSLOptions;
  /** Takes any certificate of it. */
  readonly insecure: boolean;
}

/** The pages for errors of the proxy itself: of a server, from files, or one line of text. */
export class ErrorPages implements Disposable {
  /** Loaded for the first page: most proxies show none. */
  #client: Promise<PageClient> | null = null;
  readonly #target: string;
  /** The Unix socket of that server, or `null`. */
  readonly #socket: string | null;
  readonly #options: ErrorPagesOptions;

  constructor(options: ErrorPagesOptions) {
    const { errorTarget } = this.#options = options;
    const unix = unixTarget(errorTarget);
    const url = unix === null ? errorTarget : `http://localhost${unix.path}`;
    this.#target = url === "" || url.endsWith("/") ? url : `${url}/`;
    this.#socket = unix === null ? null : unix.socket;
  }

  async page(code: number, uri: string): Promise<ErrorPage> {
    const page = this.#target !== "" ? await this.#ask(code, uri) : await this.#read(code);
    return page ?? { type: "text/plain; charset=UTF-8", body: responses.get(code) ?? "Unknown" };
  }

  [Symbol.dispose](): void {
    this.#client?.then((client) => client.close());
  }

  async #ask(code: number, uri: string): Promise<ErrorPage | null> {
    const url = `${this.#target}${code}?url=${encodeURIComponent(uri)}`;
    try {
      const client = await (this.#client ??= this.#load());
      const { type, body } = await client.fetch(url);
      return { type: type ?? HTML, body };
    } catch (error) {
      appLog.error("Failed to get custom error page: %s", error);
      return null;
    }
  }

  async #load(): Promise<PageClient> {
    const { PageClient } = await import("./page_client.ts");
    const { clientSsl: sslOptions, insecure } = this.#options;
    return new PageClient({ socket: this.#socket, sslOptions, insecure });
  }

  async #read(code: number): Promise<ErrorPage | null> {
    const { errorPath } = this.#options;
    if (errorPath === "") return null;
    for (const name of [`${code}.html`, "error.html"]) {
      try {
        return { type: HTML, body: await Deno.readTextFile(`${errorPath}/${name}`) };
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) appLog.error("Error reading %s: %s", name, error);
      }
    }
    return null;
  }
}
