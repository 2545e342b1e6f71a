import { AsyncHTTPClient } from "../../src/http/httpclient.ts";

/** Seconds that a server of error pages may take. */
const TIMEOUT = 10;

/** Asks the server of error pages. */
export class PageClient {
  readonly #client = new AsyncHTTPClient({ forceInstance: true });

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
