import { HTTPInputError } from "../http/httputil.ts";
import { toError } from "../internal/promises.ts";
import { IOStream } from "../net/iostream.ts";
import { TCPClient } from "../net/tcpclient.ts";
import { askForUpgrade, basicAuthorization, handshakeRequest, parseTarget } from "../websocket/internal.ts";
import { ClientHandshake, headersOf, splitUnix } from "./_client_handshake.ts";
import { toResponse } from "./_incoming_message.ts";
import { StreamSocket } from "./_stream_socket.ts";
import type { ClientOptions } from "./web_socket_options.ts";

/** The options that this handshake or the connection sees to; the others are for `node:http`. */
const KNOWN: ReadonlySet<string> = new Set([
  "allowSynchronousEvents",
  "auth",
  "autoPong",
  "closeTimeout",
  "generateMask",
  "handshakeTimeout",
  "headers",
  "maxPayload",
  "maxPendingAutoPongs",
  "maxRedirects",
  "origin",
  "perMessageDeflate",
  "protocolVersion",
  "protocols",
  "skipUTF8Validation",
]);

/** Tells whether {@linkcode StreamHandshake} knows all options; `agent`, `ca` or `followRedirects` it does not. */
export function knowsOptions({ agent, followRedirects, ...options }: ClientOptions): boolean {
  return !agent && !followRedirects && !Array.isArray(options.headers) &&
    Object.entries(options).every(([name, value]) => value === undefined || KNOWN.has(name));
}

/** The opening handshake on a stream of Twister: that of `websocketConnect`. */
export class StreamHandshake extends ClientHandshake {
  readonly #connecting: AbortController = new AbortController();
  #stream: IOStream | null = null;

  /** Writes the request, and connects when the current turn has had time to add listeners. */
  protected override send(url: URL): void {
    const unix = url.protocol === "ws+unix:" ? splitUnix(url) : null;
    const target = parseTarget(unix === null ? url : new URL(unix.resource, "ws://localhost"));
    const { auth, origin } = this.options;
    const headers = headersOf(Object.entries(this.options.headers ?? {}));
    if (origin !== undefined) headers.set(this.version < 13 ? "Sec-WebSocket-Origin" : "Origin", origin);
    if (auth != null && target.authorization === null) headers.setdefault("Authorization", basicAuthorization(auth));
    const { key, version, subprotocols, compression } = this;
    const request = handshakeRequest(target, { key, version, headers, subprotocols, compression });
    const { hostname, port, secure } = target;
    const { signal } = this.#connecting;
    const connect = () =>
      unix !== null
        ? IOStream.connect({ transport: "unix", path: unix.file })
        : new TCPClient().connect(hostname, port, { signal, sslOptions: secure ? {} : null });
    queueMicrotask(() => {
      if (this.over) return;
      if (this.opener.websocket.listenerCount("unexpected-response") === 0) {
        connect().then((stream) => this.#ask(stream, request), (error) => this.abort(withCode(error)))
          .catch((error) => this.abort(withParserCode(error)));
      } else {
        this.end();
        this.#leaveToNode(url);
      }
    });
  }

  protected override drop(): void {
    this.#connecting.abort();
    this.#stream?.close();
  }

  #leaveToNode(url: URL): void {
    try {
      this.opener.onNodeNeeded(url);
    } catch (error) {
      this.opener.onFailed(toError(error));
    }
  }

  async #ask(stream: IOStream, request: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.over) return stream.close();
    this.#stream = stream;
    const { startLine, headers } = await askForUpgrade(stream, request);
    if (this.over) return;
    if (startLine.code !== 101) throw new Error(`Unexpected server response: ${startLine.code}`);
    if (this.opener.websocket.listenerCount("upgrade") > 0) {
      const socket = new StreamSocket(stream);
      socket.release();
      this.opener.websocket.emit("upgrade", toResponse(startLine, headers, socket));
      // The listener may have closed the connection.
      if (this.over) return;
    }
    const agreed = this.check(headers);
    this.end();
    this.opener.onOpened({ stream, socket: null, live: null, ...agreed });
  }
}

/** Adds the code that node's parser gives to an answer that is not HTTP. */
function withParserCode(error: unknown): Error {
  const known = toError(error);
  return known.cause instanceof HTTPInputError ? Object.assign(known, { code: "HPE_INVALID_CONSTANT" }) : known;
}

/** Adds the code that users of `ws` look for to the failure of a name lookup, which has none in Deno. */
function withCode(error: unknown): Error {
  const known = toError(error);
  return known.name !== "Error" || "code" in known ? known : Object.assign(known, { code: "ENOTFOUND" });
}
