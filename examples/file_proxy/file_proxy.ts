// A handler that hands on files of other servers while they arrive.
import {
  type AsyncHTTPClient,
  HTTPClientError,
  type HTTPResponseStream,
  HTTPTimeoutError,
} from "../../src/http/httpclient.ts";
import { HTTPHeaders } from "../../src/http/httputil.ts";
import { HTTPError, RequestHandler } from "../../src/web/mod.ts";

/** Headers of a request that ask for a part of a file, or for a newer one. */
const ASKED = ["Range", "If-Range", "If-None-Match", "If-Modified-Since"];
/** Headers of a response that describe the file. */
const TOLD = [
  "Content-Type",
  "Content-Length",
  "Content-Range",
  "Content-Disposition",
  "Accept-Ranges",
  "ETag",
  "Last-Modified",
];

/** Statuses that go on to the reader as they are. */
const PASSED = [200, 206, 304, 404, 410, 416];

/** Answers `/file?url=...` with the file at that address. */
export class FileHandler extends RequestHandler {
  declare readonly kwargs: { client: AsyncHTTPClient };
  #response: HTTPResponseStream | null = null;

  override async get(): Promise<void> {
    const response = await this.#open("GET");
    if (response.code !== 304) await this.#pass(response);
  }

  override async head(): Promise<void> {
    (await this.#open("HEAD")).close();
  }

  /** The reader has gone: the other server need not send the rest. */
  override onConnectionClose(): void {
    this.#response?.close();
  }

  async #open(method: string): Promise<HTTPResponseStream> {
    const headers = new HTTPHeaders();
    for (const name of ASKED) {
      const value = this.request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    let response: HTTPResponseStream;
    try {
      // A file that is packed stays packed, or its length would be another one.
      const options = { method, headers, decompressResponse: false };
      response = this.#response = await this.kwargs.client.stream(this.getArgument("url"), options);
    } catch (error) {
      if (error instanceof HTTPTimeoutError) throw new HTTPError(504, String(error));
      if (error instanceof TypeError) throw new HTTPError(400, error.message);
      throw new HTTPError(502, String(error));
    }
    if (!PASSED.includes(response.code)) {
      response.close();
      throw new HTTPError(502, `the other server answers ${response.code}`);
    }
    this.setStatus(response.code);
    this.clearHeader("Content-Type");
    for (const name of TOLD) {
      const value = response.headers.get(name);
      if (value !== null) this.setHeader(name, value);
    }
    return response;
  }

  /** Hands each piece on, and takes the next one when the reader has room for it. */
  async #pass(response: HTTPResponseStream): Promise<void> {
    try {
      for await (const piece of response.body) {
        this.write(piece);
        await this.flush();
      }
    } catch (error) {
      // The reader must not take what has come for the whole file.
      if (!(error instanceof HTTPClientError)) throw error;
      throw new HTTPError(502, `the file is not complete: ${error.message}`);
    }
  }
}
