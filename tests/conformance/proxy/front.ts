/**
 * The proxy of the checks, which keeps what it has understood of each request.
 *
 * @module
 */
import type { Bytes } from "../../../src/internal/bytes.ts";
import { latin1Text } from "../../../src/internal/utf8.ts";
import type { Server } from "../../../src/http/httpserver.ts";
import { ProxyHandler, type ProxyOptions, Upstreams } from "../../../src/proxy/mod.ts";
import { stateOf } from "../../../src/web/internal.ts";
import { Application } from "../../../src/web/mod.ts";

/** A request as the front has understood it. */
export interface Passed {
  readonly method: string;
  readonly target: string;
  body: string;
  isComplete: boolean;
}

/** Keeps what it passes on. */
class Watched extends ProxyHandler {
  declare readonly kwargs: ProxyOptions & { keep: (passed: Passed) => void };

  override prepare(): void | Promise<void> {
    const held = super.prepare();
    const { successor } = stateOf(this);
    if (successor === null) return held;
    const { method, uri: target } = this.request;
    const passed: Passed = { method, target, body: "", isComplete: false };
    this.kwargs.keep(passed);
    const take = successor.dataReceived.bind(successor);
    const finish = successor.finish.bind(successor);
    successor.dataReceived = (chunk: Bytes) => {
      passed.body += latin1Text(chunk);
      return take(chunk);
    };
    successor.finish = () => {
      passed.isComplete = true;
      finish();
    };
    return held;
  }
}

/** A proxy in front of one back end. */
export class Front implements AsyncDisposable {
  readonly #upstreams: Upstreams;
  readonly #server: Server;
  #seen: Passed[] = [];

  constructor(backPort: number) {
    this.#upstreams = new Upstreams([`http://127.0.0.1:${backPort}`], { tryTime: 0, passive: { maxFails: 0 } });
    const kwargs = { upstreams: this.#upstreams, keep: (passed: Passed) => void this.#seen.push(passed) };
    this.#server = new Application([["(?s:.*)", Watched, kwargs]]).listen(0, { address: "127.0.0.1" });
  }

  get port(): number {
    return this.#server.port;
  }

  /** Returns what it has passed on since the last call. */
  take(): Passed[] {
    const taken = this.#seen;
    this.#seen = [];
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#upstreams.close();
  }
}
