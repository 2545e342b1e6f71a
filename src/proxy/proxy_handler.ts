import type { HTTPHeaders } from "../http/httputil.ts";
import { HTTPError, RequestHandler, type SendErrorOptions } from "../web/mod.ts";
import { hasPassed } from "./_forward/fields.ts";
import { Forwarding } from "./_forward/forwarding.ts";
import { settingsOf } from "./_forward/settings.ts";
import type { Upstreams } from "./upstreams.ts";

/** Arguments of {@linkcode ProxyHandler}. */
export interface ProxyOptions {
  /** The servers that answer. */
  upstreams: Upstreams;
  /**
   * The IP addresses of proxies whose word on the client counts, `"unix"` for those on a Unix socket: this proxy
   * appends to their `X-Forwarded-For` and `Forwarded`. Such fields of other peers are dropped.
   *
   * @default {none}
   */
  trustedDownstream?: Iterable<string> | null;
  /** Sends the upstream its own name as the Host, in place of the one that the client asked for. @default {false} */
  changeHost?: boolean;
  /** The most bytes of a request's body. @default {no limit} */
  maxBodySize?: number;
  /**
   * When the server is drained, each WebSocket is closed at some moment of so many seconds, so that not all clients
   * connect again immediately.
   *
   * @default {5}
   */
  streamCloseDelay?: number;
  /**
   * The name of this proxy in the header Via, by which it also finds loops. Each proxy of a chain needs its own.
   *
   * @default {one of the process, by chance}
   */
  via?: string;
}

/** The methods in the registry of IANA, without CONNECT and PRI, which ask for no resource, and TRACE. */
const METHODS = "ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY " +
  "MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PROPFIND PROPPATCH PUT QUERY REBIND " +
  "REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL";

/**
 * Passes requests on to upstreams: a reverse proxy, as the handler of any rule.
 *
 * Bodies are streamed both ways, and a slow side slows down the other. A WebSocket becomes a tunnel. The message is
 * framed again, fields about the connection are dropped (RFC 9110, section 7.6.1), and `X-Forwarded-*`, `Forwarded`,
 * `X-Real-Ip` and `X-Scheme` say who the client is.
 *
 * A subclass that overrides {@linkcode ProxyHandler.prepare} calls `super.prepare()` at its end.
 *
 * @example
 * ```ts
 * import { ProxyHandler, Upstreams } from "@twister/twister/proxy";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Hello extends RequestHandler {
 *   override get(): void {
 *     this.write(`Hello, ${this.request.headers.get("X-Forwarded-For")}`);
 *   }
 * }
 * await using behind = new Application([["/hello", Hello]]).listen(0, { address: "127.0.0.1" });
 *
 * using upstreams = new Upstreams([`http://127.0.0.1:${behind.port}`]);
 * await using proxy = new Application([["/.*", ProxyHandler, { upstreams }]]).listen(0, { address: "127.0.0.1" });
 *
 * const response = await fetch(`http://127.0.0.1:${proxy.port}/hello`);
 * assertEquals(await response.text(), "Hello, 127.0.0.1");
 * ```
 */
export class ProxyHandler extends RequestHandler {
  /** The methods that are passed on: all that are registered, without CONNECT and TRACE. */
  static override SUPPORTED_METHODS: readonly string[] = METHODS.split(" ");
  /** Always `true`: a body goes on as it comes. */
  static override streamRequestBody: boolean = true;
  /** Always `true`: a piece is not needed once the upstream has it. */
  static override borrowBodyChunks: boolean = true;

  /** The arguments of the rule. */
  declare readonly kwargs: ProxyOptions;

  /**
   * Checks the arguments.
   *
   * @throws {TypeError} If one is of a wrong kind.
   * @throws {RangeError} If one is out of range.
   */
  override initialize(kwargs: ProxyOptions): void {
    settingsOf(kwargs);
  }

  /**
   * Passes the request on, before its body has come.
   *
   * @throws {HTTPError} 508 if this proxy has passed it on already.
   */
  override prepare(): void | Promise<void> {
    const { request } = this;
    const { connection, headers, method } = request;
    const settings = settingsOf(this.kwargs);
    if (connection === null) throw new Error("Cannot pass the request on: it has no connection");
    if (hasPassed(headers, settings.via)) {
      throw new HTTPError(508, "The request has passed this proxy before: Via is %s", { args: [headers.get("Via")] });
    }
    if (method === "OPTIONS" && headers.has("Max-Forwards")) {
      if (this.#isLast()) return;
    }
    connection.setMaxBodySize(settings.maxBodySize);
    return new Forwarding(this, connection, this.selectUpstreams(), settings).begin();
  }

  /** Returns the servers for this request: those of the rule. Override it to choose by the request. */
  selectUpstreams(): Upstreams {
    return this.kwargs.upstreams;
  }

  /**
   * Returns the path and query to ask the upstream for: those of the request. Override it to change them. An empty path
   * is the one of the upstream's address.
   */
  changeTarget(target: string): string {
    return target;
  }

  /** Called with the fields that the upstream gets, which it may change; those of the framing are added afterwards. */
  changeRequest(_headers: HTTPHeaders): void {}

  /** Called with the status and the fields that the client gets, which it may change, but for `Transfer-Encoding`. */
  changeResponse(_code: number, _headers: HTTPHeaders): void {}

  /**
   * Returns a function that is called when bytes have passed through the WebSocket of this handler, either way, or
   * `null`. The function lives as long as the WebSocket, and should not keep the handler in memory.
   */
  watchTunnel(): (() => void) | null {
    return null;
  }

  /** Writes the page of an error of the proxy itself. A 405 is for the few methods that are not passed on. */
  override writeError(statusCode: number, options: SendErrorOptions): void | Promise<void> {
    if (statusCode === 405) this.setHeader("Allow", METHODS.replaceAll(" ", ", "));
    return super.writeError(statusCode, options);
  }

  /** Does nothing: the upstream protects its own forms. */
  override checkXsrfCookie(): void {}

  /** Does nothing: the upstream knows which origins it serves. */
  override checkCrossOrigin(): void {}

  /** Answers an OPTIONS that may go no further (RFC 9110, section 7.6.2); otherwise counts down. */
  #isLast(): boolean {
    const { headers } = this.request;
    const left = headers.get("Max-Forwards") ?? "";
    if (!/^\d{1,9}$/.test(left)) return false;
    if (Number(left) > 0) {
      headers.set("Max-Forwards", String(Number(left) - 1));
      return false;
    }
    this.setStatus(204);
    this.setHeader("Allow", this.constructor === ProxyHandler ? METHODS.replaceAll(" ", ", ") : "OPTIONS");
    this.finish();
    return true;
  }
}
