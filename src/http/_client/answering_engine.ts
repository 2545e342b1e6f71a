import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { utf8 } from "../../util/escape.ts";
import { HTTPHeaders } from "../_httputil/headers.ts";
import { ResponseStartLine } from "../_httputil/start_lines.ts";
import type { Hop } from "./hop.ts";
import { DEFAULT_MAX_SIZE, HopEngine } from "./hop_engine.ts";
import type { RequestControl } from "./request_control.ts";
import type { Body, SettledRequest } from "./settled_request.ts";
import { wireRequest } from "./wire_request.ts";

/** A request as a server would get it. */
export interface AnswerableRequest {
  readonly method: string;
  /** The URL without credentials and fragment, which are not sent. */
  readonly url: string;
  readonly headers: HTTPHeaders;
  readonly body: Bytes;
}

/** The response to a request. */
export interface Answer {
  readonly code: number;
  readonly reason: string;
  readonly headers: HTTPHeaders;
  readonly body: Bytes;
}

/** Carries out requests by a function in place of a network. Redirects, cookies and limits are those of any client. */
export class AnsweringEngine extends HopEngine {
  readonly #answer: (request: AnswerableRequest) => Promise<Answer>;

  constructor(answer: (request: AnswerableRequest) => Promise<Answer>, maxBodySize: number = DEFAULT_MAX_SIZE) {
    super(maxBodySize);
    this.#answer = answer;
  }

  protected override async attempt(request: SettledRequest, hop: Hop, control: RequestControl): Promise<void> {
    const { method, headers, body } = wireRequest(request, null);
    const { origin, pathname, search } = request.url;
    const sent = await control.until("during request", bytesOf(body));
    const answering = this.#answer({
      method,
      url: `${origin}${pathname}${search}`,
      headers: new HTTPHeaders(headers),
      body: sent,
    });
    const answer = await control.until("during request", answering);
    await hop.head(new ResponseStartLine("HTTP/1.1", answer.code, answer.reason), answer.headers);
    if (hop.following === null && method !== "HEAD" && answer.body.length > 0) {
      const taking = hop.data(answer.body);
      if (taking !== undefined) await control.until("during request", taking);
    }
  }

  protected override closeConnections(): void {}
}

async function bytesOf(body: Body | null): Promise<Bytes> {
  if (body === null) return new Uint8Array();
  if (body.kind === "bytes") return body.bytes;
  const pieces: Bytes[] = [];
  await body.send((chunk) => {
    pieces.push(utf8(chunk));
    return Promise.resolve();
  });
  return joinBytes(pieces);
}
