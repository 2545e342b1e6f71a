import { currentClock } from "../../internal/clock.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { ResponseStartLine } from "../_httputil/start_lines.ts";
import { BodyQueue } from "./body_queue.ts";
import { HTTPStreamClosedError } from "./errors.ts";
import { HeaderLines } from "./header_lines.ts";
import type { HTTPRequest } from "./http_request.ts";
import { HTTPResponse } from "./http_response.ts";
import type { RequestControl } from "./request_control.ts";
import { type BodyTarget, BufferedBody, type FinalResponse, StreamedBody } from "./response_body.ts";
import type { SettledRequest } from "./settled_request.ts";
import { partsOf } from "./url_parts.ts";

/** The last hop of a request. */
export interface Finished {
  readonly request: SettledRequest;
  readonly timeInfo: Record<string, number>;
  /** Seconds of the monotonic clock at which the request began and ended. */
  readonly start: number;
  readonly end: number;
}

/** Takes the response of a request, and makes the result of it. */
export interface Reception<T> {
  /** Begins a hop. */
  begin(hop: SettledRequest): void;
  /**
   * Returns what the last response is handed to.
   *
   * @param maxBodySize The most bytes of a body that is kept.
   */
  open(settled: SettledRequest, control: RequestControl, maxBodySize: number): FinalResponse;
  /** Returns the result, when the response is complete. */
  complete(finished: Finished): T;
}

/** Takes the whole response before there is a result: what `fetch` does. */
export class WholeResponse implements Reception<HTTPResponse> {
  readonly #request: HTTPRequest;
  #buffer: BufferedBody | null = null;

  constructor(request: HTTPRequest) {
    this.#request = request;
  }

  begin(): void {}

  open({ settings }: SettledRequest, _control: RequestControl, maxBodySize: number): FinalResponse {
    const { streamingCallback = null, headerCallback = null } = this.#request.options;
    const decompress = settings.decompressResponse === true;
    const buffer = this.#buffer = new BufferedBody(maxBodySize, decompress);
    const final = streamingCallback === null ? buffer : streamedTo(streamingCallback, buffer);
    return headerCallback === null ? final : new HeaderLines(final, headerCallback);
  }

  complete({ request, timeInfo, start, end }: Finished): HTTPResponse {
    const buffer = this.#buffer;
    if (buffer === null || buffer.startLine === null || buffer.headers === null) {
      throw new HTTPStreamClosedError("Connection closed");
    }
    const { startLine, headers, body } = buffer;
    const requestTime = end - start;
    return new HTTPResponse(this.#request, startLine.code, {
      headers,
      reason: startLine.reason,
      body,
      effectiveUrl: partsOf(request.url).href,
      startTime: currentClock().now() - requestTime,
      requestTime,
      timeInfo,
    });
  }
}

/** Hands the body to a callback, and keeps the head. */
function streamedTo(data: BodyTarget["data"], kept: BufferedBody): FinalResponse {
  return new StreamedBody(
    { head: (line, headers) => kept.head(line, headers), data },
    kept.maxBodySize,
    kept.decompress,
  );
}

/** Hands the body on as it comes: what `stream` does. */
export class StreamedResponse implements Reception<void> {
  readonly #head = Promise.withResolvers<[ResponseStartLine, HTTPHeaders]>();
  #control: RequestControl | null = null;
  /** Closes the connection, whose reader has left. */
  readonly leave = (): void => this.#control?.end(new HTTPStreamClosedError("The reader has left"));
  readonly body: BodyQueue = new BodyQueue(this.leave);
  /** The URL of the hop under way. */
  effectiveUrl = "";

  /** Resolves with the head of the response that nothing follows. */
  get head(): Promise<[ResponseStartLine, HTTPHeaders]> {
    return this.#head.promise;
  }

  begin({ url }: SettledRequest): void {
    this.effectiveUrl = partsOf(url).href;
  }

  open({ settings }: SettledRequest, control: RequestControl): FinalResponse {
    this.#control = control;
    const target: BodyTarget = {
      head: (startLine, headers) => {
        control.release();
        this.#head.resolve([startLine, headers]);
      },
      data: (chunk) => this.body.put(chunk),
    };
    return new StreamedBody(target, Infinity, settings.decompressResponse === true);
  }

  complete(): void {
    this.body.close(null);
  }

  /** Ends the response with an error. */
  fail(error: unknown): void {
    this.#head.reject(error);
    this.body.close(error);
  }
}
