import type { Bytes } from "../../internal/bytes.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { ResponseStartLine } from "../_httputil/start_lines.ts";
import type { FinalResponse } from "./response_body.ts";

/** Hands each line of the head to the `headerCallback` of a request. */
export class HeaderLines implements FinalResponse {
  readonly maxBodySize: number;
  readonly isStreamed: boolean;
  readonly #inner: FinalResponse;
  readonly #callback: (line: string) => void;

  constructor(inner: FinalResponse, callback: (line: string) => void) {
    this.maxBodySize = inner.maxBodySize;
    this.isStreamed = inner.isStreamed;
    this.#inner = inner;
    this.#callback = callback;
  }

  head(startLine: ResponseStartLine, headers: HTTPHeaders): void | Promise<void> {
    const { version, code, reason } = startLine;
    this.#callback(`${version} ${code} ${reason}\r\n`);
    for (const [name, value] of headers.getAll()) this.#callback(`${name}: ${value}\r\n`);
    this.#callback("\r\n");
    return this.#inner.head(startLine, headers);
  }

  data(chunk: Bytes): void | Promise<void> {
    return this.#inner.data(chunk);
  }

  finish(): void | Promise<void> {
    return this.#inner.finish();
  }

  close(): void {
    this.#inner.close();
  }
}
