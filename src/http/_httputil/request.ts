import type { Bytes } from "../../internal/bytes.ts";
import { repr } from "../../internal/python.ts";
import { hasMoreFields } from "../../internal/query_fields.ts";
import { parseQsBytes, toUnicode } from "../../util/escape.ts";
import { accessLog, INFO } from "../../util/log.ts";
import { checkUrlEncoded, isMultipart, isUrlEncoded, parseBodyArguments } from "./body.ts";
import { parseBodyConfig } from "./body_config.ts";
import { type Morsel, readCookies } from "./cookies.ts";
import type { HTTPConnection } from "./delegates.ts";
import { HTTPInputError, UnreadableBodyError } from "./errors.ts";
import { HTTPHeaders } from "./headers.ts";
import type { HTTPFile } from "./http_file.ts";
import { lastPlainValue } from "./plain_query.ts";
import type { RequestStartLine } from "./start_lines.ts";
import { isValidHost, splitHostAndPort, splitTarget, type TargetParts } from "./urls.ts";

/** Options of {@linkcode HTTPServerRequest}. */
export interface HTTPServerRequestOptions {
  /**
   * Method, target and version. Tornado 6.7 requires them.
   *
   * @default {those of `GET / HTTP/1.0`, unless the deprecated options name others}
   */
  startLine?: RequestStartLine;
  /**
   * Method, unless `startLine` is given.
   *
   * @deprecated Use `startLine`.
   * @default {"GET"}
   */
  method?: string;
  /**
   * Request target, unless `startLine` is given.
   *
   * @deprecated Use `startLine`.
   * @default {"/"}
   */
  uri?: string;
  /**
   * HTTP version, unless `startLine` is given.
   *
   * @deprecated Use `startLine`.
   * @default {"HTTP/1.0"}
   */
  version?: string;
  /**
   * Headers.
   *
   * @default {none}
   */
  headers?: HTTPHeaders;
  /**
   * Body.
   *
   * @default {empty}
   */
  body?: Bytes;
  /**
   * Name of the host the request is for.
   *
   * @deprecated Use `headers`, with a `Host`.
   * @default {from the target or the Host header}
   */
  host?: string;
  /**
   * Uploaded files by field name.
   *
   * @default {none}
   */
  files?: Record<string, HTTPFile[]>;
  /**
   * The connection that takes the response.
   *
   * @default {null}
   */
  connection?: HTTPConnection | null;
  /**
   * The object that stands for the connection, which may carry several requests.
   *
   * @default {null}
   */
  serverConnection?: object | null;
}

const NO_BODY: Bytes = new Uint8Array(0);
const SLASH = 0x2f;
// What Tornado takes for the host of an HTTP/1.0 request that names none.
const DEFAULT_HOST = "127.0.0.1";
// Reading it costs a call of the runtime.
const TIME_ORIGIN = performance.timeOrigin;

/** The parts of a request that are parsed when they are asked for; most requests, and idle WebSockets, have none. */
interface Parsed {
  host: string | null;
  hostName: string | null;
  arguments: Record<string, Bytes[]> | null;
  queryArguments: Record<string, Bytes[]> | null;
  bodyArguments: Record<string, Bytes[]> | null;
  /** A urlencoded body that was checked and is parsed when its arguments are asked for. */
  form: Bytes | null;
  files: Record<string, HTTPFile[]> | null;
  cookies: Map<string, Morsel> | null;
}

/**
 * Finds the last value of an argument whose query was not parsed and need not be; see {@linkcode lastPlainValue}.
 *
 * @returns `null` if there is no such argument; `undefined` if only `request.arguments` can tell.
 */
export let plainArgument: (request: HTTPServerRequest, name: string) => string | null | undefined;

/**
 * One request to a server.
 *
 * Path, arguments, cookies and host are parsed at first use. Tornado's `HTTPServerRequest`.
 *
 * @example
 * ```ts
 * import { toUnicode } from "@twister/twister/escape";
 * import { HTTPServerRequest, RequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const startLine = new RequestStartLine("GET", "/search?q=deno&q=tornado", "HTTP/1.1");
 * const request = new HTTPServerRequest({ startLine });
 * assertEquals(request.path, "/search");
 * assertEquals(request.arguments.q.map((value) => toUnicode(value)), ["deno", "tornado"]);
 * ```
 */
export class HTTPServerRequest {
  /** Method, as sent. */
  method: string;
  /** Request target, as sent. */
  readonly uri: string;
  /** `HTTP/1.0` or `HTTP/1.1`; with HTTP/2, the version that the engine reports. */
  readonly version: string;
  /** Headers. */
  readonly headers: HTTPHeaders;
  /** Body; empty until it is complete, and if the handler takes it in pieces. */
  body: Bytes;
  /** Address of the client, which a trusted proxy may have named; `""` for a request without a connection. */
  remoteIp: string;
  /** `"http"` or `"https"`, which a trusted proxy may have named. */
  protocol: string;
  /** The connection that takes the response; `null` for a request without one, and once it has left HTTP. */
  connection: HTTPConnection | null;
  /** The object that stands for the connection, which may carry several requests; `null` as `connection`. */
  serverConnection: object | null;

  static {
    plainArgument = (request, name) => request.#plainArgument(name);
  }

  readonly #startTime: number;
  /** Created with the first look at a target that has more than a path. */
  #target: TargetParts | null = null;
  #parsed: Parsed | null = null;

  /**
   * Makes a request. Everything but the number of arguments was checked by the engine.
   *
   * @throws {HTTPInputError} If the query has more arguments than the configuration allows.
   */
  constructor(options: HTTPServerRequestOptions = {}) {
    const startLine = options.startLine;
    if (startLine !== undefined) {
      this.method = startLine.method;
      this.uri = startLine.path;
      this.version = startLine.version;
    } else {
      this.method = options.method ?? "GET";
      this.uri = options.uri ?? "/";
      this.version = options.version ?? "HTTP/1.0";
    }
    const { maxArguments } = parseBodyConfig().urlencoded;
    // Most targets are too short for that.
    if (this.uri.length > maxArguments && hasMoreFields(this.query, maxArguments)) {
      throw new HTTPInputError(`The query has more than ${maxArguments} arguments`);
    }
    this.headers = options.headers ?? new HTTPHeaders();
    this.body = options.body ?? NO_BODY;
    const connection = options.connection ?? null;
    this.connection = connection;
    this.serverConnection = options.serverConnection ?? null;
    const context = connection === null ? null : connection.context;
    // Proxy headers rewrite the context for the time of one request only, so these are copies.
    this.remoteIp = context === null ? "" : context.remoteIp;
    this.protocol = context === null ? "http" : context.protocol;
    if (options.host !== undefined) this.#details.host = options.host;
    if (options.files !== undefined) this.#details.files = options.files;
    // The access log shows hundredths of a millisecond. Without one, milliseconds do, which cost half as much.
    this.#startTime = accessLog.isEnabledFor(INFO) ? performance.now() : Math.floor(Date.now() - TIME_ORIGIN);
  }

  /** Path of the target, neither decoded nor normalised; `"/"` for an absolute target without a path. */
  get path(): string {
    const { uri } = this;
    return isPath(uri) ? uri : this.#parts.path;
  }

  /** Query of the target: the part after its first `?`, `""` if there is none. */
  get query(): string {
    return isPath(this.uri) ? "" : this.#parts.query;
  }

  /**
   * Host with port, as the client named it: from a target in absolute form (RFC 9112 section 3.2.2), else from the Host
   * header, else `"127.0.0.1"`.
   */
  get host(): string {
    return this.#details.host ??= this.#authority ?? this.headers.get("Host") ?? DEFAULT_HOST;
  }

  /** Host in lower case, without port. */
  get hostName(): string {
    return this.#details.hostName ??= splitHostAndPort(this.host.toLowerCase())[0];
  }

  /**
   * Arguments of the query, followed by those of a parsed form body: lists of values by name.
   *
   * Values are undecoded bytes; names are text, decoded as UTF-8, or as latin1 if they are not UTF-8. The record has no
   * prototype, and belongs to the caller.
   */
  get arguments(): Record<string, Bytes[]> {
    const details = this.#details;
    if (details.arguments !== null) return details.arguments;
    const merged = emptyRecord<Bytes[]>();
    details.arguments = merged;
    copyLists(this.queryArguments, merged);
    if (details.form !== null || details.bodyArguments !== null) copyLists(this.bodyArguments, merged);
    return merged;
  }

  /** Arguments of the query alone, in the shape of `arguments`. */
  get queryArguments(): Record<string, Bytes[]> {
    return this.#details.queryArguments ??= parseQsBytes(this.query, true);
  }

  /** Arguments of the body alone, in the shape of `arguments`; empty until `parseBody` has run. */
  get bodyArguments(): Record<string, Bytes[]> {
    const details = this.#details;
    return details.bodyArguments ??= details.form === null ? emptyRecord() : parseQsBytes(details.form, true);
  }

  /** Uploaded files, lists by field name; empty until `parseBody` has run. */
  get files(): Record<string, HTTPFile[]> {
    return this.#details.files ??= emptyRecord();
  }

  /** Cookies of the request by name; those with an illegal or reserved name are left out. */
  get cookies(): Map<string, Morsel> {
    return this.#details.cookies ??= readCookies(this.headers.get("Cookie"));
  }

  /**
   * Returns the body as text. It is there already: unlike that of a `Request`, the method returns no promise.
   *
   * @throws {UnreadableBodyError} If the body is not UTF-8.
   */
  text(): string {
    try {
      return toUnicode(this.body);
    } catch (cause) {
      throw new UnreadableBodyError("Body is not UTF-8", { cause });
    }
  }

  /**
   * Parses the body as JSON. The Content-Type is not looked at. Check the shape of the value before you rely on it: the
   * client chose it.
   *
   * @throws {UnreadableBodyError} If it is not JSON in UTF-8; an empty body is not JSON either.
   */
  json(): unknown {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new UnreadableBodyError("Body is not JSON", { cause });
    }
  }

  /** Returns the requested URL, made of protocol, host and target. */
  fullUrl(): string {
    const start = `${this.protocol}://${this.host}`;
    if (isPath(this.uri) || this.#parts.authority === null) return start + this.uri;
    return start + this.path + (this.uri.includes("?") ? `?${this.query}` : "");
  }

  /**
   * Returns the seconds since this object was made, by a monotonic clock: to the microsecond if access lines are
   * logged, otherwise to the millisecond.
   */
  requestTime(): number {
    return (performance.now() - this.#startTime) / 1000;
  }

  /**
   * Returns the client's TLS certificate, or `null` if it sent none or the engine cannot see it.
   *
   * @param binaryForm Whether to return DER bytes instead of fields.
   */
  getSslCertificate(binaryForm: boolean = false): Record<string, unknown> | Bytes | null {
    const context = this.connection === null ? null : this.connection.context;
    return context?.getPeerCertificate?.(binaryForm) ?? null;
  }

  /**
   * Parses a form body into `bodyArguments`, `arguments` and `files`. Call it once, when the body is complete. A
   * urlencoded one is checked, and parsed when its arguments are first asked for.
   *
   * Tornado's `_parse_body`.
   *
   * @throws {HTTPInputError} If the body is malformed, exceeds a limit, or has a Content-Encoding.
   */
  parseBody(): void {
    // These carry no form; a client that labels its empty body all the same does no harm.
    if (this.body.length === 0 && (this.method === "GET" || this.method === "HEAD")) return;
    const contentType = this.headers.get("Content-Type");
    if (contentType === null) return;
    const isForm = isUrlEncoded(contentType);
    // Such as JSON: there is nothing to parse.
    if (!isForm && !isMultipart(contentType)) return;
    const details = this.#details;
    if (isForm && details.arguments === null && details.bodyArguments === null) {
      checkUrlEncoded(this.body, { headers: this.headers });
      details.form = this.body;
      return;
    }
    const parsed = emptyRecord<Bytes[]>();
    parseBodyArguments(contentType, this.body, parsed, this.files, { headers: this.headers });
    copyLists(parsed, this.bodyArguments);
    if (details.arguments !== null) copyLists(parsed, details.arguments);
  }

  /** Returns the request in one line, for logs. */
  toString(): string {
    const { protocol, host, method, uri, version, remoteIp } = this;
    const fields = Object.entries({ protocol, host, method, uri, version, remote_ip: remoteIp });
    return `HTTPServerRequest(${fields.map(([name, value]) => `${name}=${repr(value)}`).join(", ")})`;
  }

  #plainArgument(name: string): string | null | undefined {
    const parsed = this.#parsed;
    // What was parsed may have been changed since; a form comes behind the query.
    if (
      parsed !== null && (parsed.arguments ?? parsed.queryArguments ?? parsed.bodyArguments ?? parsed.form) !== null
    ) {
      return undefined;
    }
    const mark = this.uri.indexOf("?");
    return mark === -1 ? null : lastPlainValue(this.uri, mark + 1, name);
  }

  get #parts(): TargetParts {
    return this.#target ??= splitTarget(this.uri);
  }

  get #authority(): string | null {
    const authority = isPath(this.uri) ? null : this.#parts.authority;
    return authority !== null && authority !== "" && isValidHost(authority) ? authority : null;
  }

  get #details(): Parsed {
    return this.#parsed ??= {
      host: null,
      hostName: null,
      arguments: null,
      queryArguments: null,
      bodyArguments: null,
      form: null,
      files: null,
      cookies: null,
    };
  }
}

/** Tells whether a target is a path and nothing else, as most are. */
function isPath(target: string): boolean {
  return target.charCodeAt(0) === SLASH && !target.includes("?");
}

/**
 * Makes a record without prototype, in which names from the peer (`constructor`, `__proto__`) are names like others.
 */
function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}

function copyLists<T>(from: Record<string, T[]>, to: Record<string, T[]>): void {
  for (const name of Object.keys(from)) {
    const list = to[name];
    if (list === undefined) to[name] = [...from[name] ?? []];
    else for (const value of from[name] ?? []) list.push(value);
  }
}
