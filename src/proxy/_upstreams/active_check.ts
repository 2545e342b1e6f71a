import { HTTPTimeoutError } from "../../http/httpclient.ts";
import { HTTPHeaders, type ResponseStartLine } from "../../http/httputil.ts";
import { RequestControl, type ResponseSink } from "../../http/client/internal.ts";
import { addChunk, type ByteChunks, joinChunks } from "../../internal/byte_chunks.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { currentClock, type Timer } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";
import type { ActiveCheckOptions } from "./settings.ts";
import type { Upstream } from "./upstream.ts";

/** The most bytes of a body that are looked at, or waited for. */
const MAX_BODY = 65536;

/** Asks an upstream from time to time whether it is in order, on a connection of its own each time. */
export class ActiveCheck {
  readonly #upstream: Upstream;
  readonly #options: ActiveCheckOptions;
  #control: RequestControl | null = null;
  #timer: Timer | null = null;
  #isStopped = false;
  /** The checks in a row that contradict what is believed of the upstream. */
  #against = 0;

  constructor(upstream: Upstream, options: ActiveCheckOptions) {
    this.#upstream = upstream;
    this.#options = options;
  }

  /** Checks now, and then again and again. */
  start(): void {
    this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#control?.end(new Error("The check was stopped"));
  }

  async #run(): Promise<void> {
    const { interval = 10 } = this.#options;
    const fault = await this.#ask();
    if (this.#isStopped) return;
    this.#judge(fault);
    this.#timer = currentClock().setTimer(() => this.#run(), interval);
  }

  /** Resolves with what is wrong, or `null`. */
  async #ask(): Promise<string | null> {
    const { path = "/", host, timeout = 5, status, body } = this.#options;
    const upstream = this.#upstream;
    const control = this.#control = new RequestControl(0, null);
    const timer = currentClock().setTimer(() => {
      control.end(new HTTPTimeoutError(`no response after ${timeout} seconds`));
    }, timeout);
    const answer = new Answer(body === undefined ? 0 : MAX_BODY);
    try {
      const connection = await upstream.connect(control);
      try {
        const { address } = upstream;
        const headers = new HTTPHeaders({ Host: host ?? address.host, Connection: "close" });
        const request = {
          method: "GET",
          target: address.basePath + path,
          headers,
          body: null,
          expectsContinue: false,
          isLast: true,
          stallTimeout: 0,
        };
        await connection.exchange(request, answer, control, "during check");
      } finally {
        connection.close();
      }
    } catch (error) {
      if (!(error instanceof Enough)) return toError(error).message;
    } finally {
      timer.cancel();
      control.close();
    }
    const { code } = answer;
    if (status === undefined ? code < 200 || code >= 400 : !status.includes(code)) return `the status is ${code}`;
    if (body !== undefined && !new RegExp(body.source, body.flags.replace(/[gy]/g, "")).test(answer.text)) {
      return `the body does not match ${body}`;
    }
    return null;
  }

  #judge(fault: string | null): void {
    const { passes = 1, fails = 1 } = this.#options;
    const upstream = this.#upstream;
    const isOk = fault === null;
    if (isOk === upstream.passesChecks) {
      this.#against = 0;
      return;
    }
    if (++this.#against < (isOk ? passes : fails)) return;
    this.#against = 0;
    upstream.checked(isOk);
    if (isOk) genLog.info("Upstream %s is up", upstream.name);
    else genLog.warning("Upstream %s is down: %s", upstream.name, fault);
  }
}

/** Ends the reading of an answer of which enough has come. */
class Enough extends Error {}

class Answer implements ResponseSink {
  readonly maxBodySize: number = Number.MAX_SAFE_INTEGER - 1;
  readonly #most: number;
  #chunks: ByteChunks = null;
  #length = 0;
  code = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get text(): string {
    return new TextDecoder().decode(joinChunks(this.#chunks).subarray(0, this.#most));
  }

  head(startLine: ResponseStartLine): void {
    this.code = startLine.code;
  }

  data(chunk: Bytes): void {
    this.#chunks = addChunk(this.#chunks, chunk);
    this.#length += chunk.length;
    if (this.#length >= this.#most) throw new Enough();
  }
}
