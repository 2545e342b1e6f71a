import { splitTarget } from "../../http/internal.ts";
import { listen, type RequestListener, type RequestRecord } from "../../internal/events.ts";
import { toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";

/** One request, as a line of the access log has it. */
export interface AccessEntry {
  /** When its head came, in ISO 8601. */
  readonly time: string;
  /** The address of the client, which a trusted proxy may have named. */
  readonly client: string;
  /** The method. */
  readonly method: string;
  /** The path, as sent, without the query; with the option `query`, the whole target. */
  readonly path: string;
  /** The pattern of the rule, or `null`. */
  readonly route: string | null;
  /** The status; 0 if the client has left before there was one. */
  readonly status: number;
  /** Milliseconds to the last byte. */
  readonly duration: number;
  /** Bytes of the request's body. */
  readonly received: number;
  /** Bytes of the response's body. */
  readonly sent: number;
  /** The reason for an early end: `"client"`, `"timeout"`, `"server"`; `null` if it did not. */
  readonly reason: string | null;
  /** The trace, or `null`. */
  readonly trace: string | null;
}

/** Options of {@linkcode AccessLog}. */
export interface AccessLogOptions {
  /**
   * Takes each line, without a line end.
   *
   * @default {console.log}
   */
  write?: (line: string) => void;
  /**
   * Writes the query of targets as well, which may have secrets.
   *
   * @default {false}
   */
  query?: boolean;
}

/**
 * Writes a line of JSON for each request to the servers of this process, when its last byte was handed over. Text as
 * Tornado's stays the default; turn it off with the setting `logFunction() {}`.
 *
 * @example
 * ```ts
 * import { AccessLog } from "@twister/twister/telemetry";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * using _log = new AccessLog({ write: (line) => lines.push(line) });
 * const app = new Application([], { logFunction() {} });
 * await (await app.fetch(new Request("http://localhost/nothing?secret=1"))).text();
 * const { method, path, status } = JSON.parse(lines[0] ?? "");
 * assertEquals([method, path, status], ["GET", "/nothing", 404]);
 * ```
 */
export class AccessLog implements Disposable {
  readonly #write: (line: string) => void;
  readonly #query: boolean;
  readonly #stop: () => void;

  /** Begins to write. */
  constructor(options: AccessLogOptions = {}) {
    this.#write = options.write ?? ((line) => console.log(line));
    this.#query = options.query ?? false;
    const requests: RequestListener = { started: () => {}, ended: (request) => this.#log(request) };
    this.#stop = listen({ requests });
  }

  /** Ends the log. */
  [Symbol.dispose](): void {
    this.#stop();
  }

  #log(request: RequestRecord): void {
    const { client, method, target, route, status, received, sent, reason, trace } = request;
    const duration = performance.now() - request.start;
    const entry: AccessEntry = {
      time: new Date(Date.now() - duration).toISOString(),
      client,
      method,
      path: this.#query ? target : splitTarget(target).path,
      route,
      status,
      duration: Math.round(duration * 100) / 100,
      received,
      sent,
      reason,
      trace: trace?.traceId ?? null,
    };
    try {
      this.#write(JSON.stringify(entry));
    } catch (error) {
      // The response must not fail with it, and other listeners have to learn of its end.
      appLog.error("Uncaught exception in the access log", toError(error));
    }
  }
}
