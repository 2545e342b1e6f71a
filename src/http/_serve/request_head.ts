import type { RequestHead } from "../../internal/events.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { trimOWS } from "../_httputil/fields.ts";
import { headersFromPairs, HTTPHeaders } from "../_httputil/headers.ts";
import { RequestStartLine } from "../_httputil/start_lines.ts";
import { isValidHost } from "../_httputil/urls.ts";
import { headerPairs } from "./behind_request.ts";
import type { FetchSettings } from "./fetch_handler_options.ts";

/** The length of a body that is not known before its end. */
export const UNKNOWN_LENGTH = -1;

/** The version that the application sees: Deno does not tell which one the client speaks. */
const VERSION = "HTTP/1.1";

// The last is Deno's own, for requests that came by a unix socket.
const SCHEME = /^http(?:s|\+unix)?:/i;

// RFC 9112, 3.2: visible ASCII, and no form of the target has a fragment.
const OUTSIDE_TARGET = /[^\x21-\x7e]|#/;

/** The head of a request, in the form that delegates take. */
export interface ServedHead {
  readonly startLine: RequestStartLine;
  /** Headers, parsed at first use. */
  readonly headers: HTTPHeaders;
  /** Bytes of the body, or {@linkcode UNKNOWN_LENGTH}. */
  readonly length: number;
}

/** The head of a request, in the form that gates look at. */
export class KnownHead implements RequestHead {
  readonly method: string;
  readonly target: string;
  readonly #headers: HTTPHeaders;

  constructor({ startLine, headers }: ServedHead) {
    this.method = startLine.method;
    this.target = startLine.path;
    this.#headers = headers;
  }

  field(name: string): string | null {
    return this.#headers.get(name);
  }
}

/**
 * The host that was found valid last, and how the URL of a path on it begins: most requests of a server name the same
 * host as the one before.
 */
let knownHost = "";
let knownStart = "";

/**
 * Reads the head of a request from `Deno.serve`, and refuses what the other engine refuses and Deno accepts.
 *
 * @param isOwn Whether it comes straight from a `Deno.serve` of ours, and not from a program that may have changed it.
 * @throws {HTTPInputError} If the request is refused, or its headers have more bytes than allowed.
 */
export function readServedHead(
  request: Request,
  { maxHeaderSize: maxSize }: Pick<FetchSettings, "maxHeaderSize">,
  isOwn: boolean,
): ServedHead {
  const fields = readFields((isOwn ? headerPairs(request) : null) ?? pairsOf(request.headers));
  if (fields.size > maxSize) throw refused(`Request header larger than ${maxSize} bytes`, 431);
  const { method, url } = request;
  let target = fields.host === knownHost && knownStart !== "" && url.startsWith(knownStart)
    ? url.slice(knownStart.length - 1)
    : readTarget(url, fields);
  if (OUTSIDE_TARGET.test(target)) throw new HTTPInputError("Malformed HTTP request target");
  // Deno makes a path of the asterisk-form.
  if (target === "/*" && method === "OPTIONS") target = "*";
  const startLine = new RequestStartLine(method, target, VERSION);
  return { startLine, headers: headersFromPairs(fields.pairs), length: fields.length };
}

/** Finds the target in a URL of Deno's, and checks the host. Adds a Host header to the fields if HTTP/2 has none. */
function readTarget(url: string, fields: Fields): string {
  const { host } = fields;
  if (host !== null && !isValidHost(host)) throw new HTTPInputError("Invalid Host header");
  const start = url.indexOf("://") + 3;
  // Deno hands over an absolute-form target of any scheme.
  if (!SCHEME.test(url)) throw new HTTPInputError("Malformed HTTP request target: neither a path nor an http URI");
  if (host !== null && host !== "" && url.startsWith(host, start) && url.charCodeAt(start + host.length) === 0x2f) {
    knownHost = host;
    knownStart = url.slice(0, start + host.length + 1);
    return url.slice(start + host.length);
  }
  const end = authorityEnd(url, start);
  const authority = url.slice(start, end);
  if (!isValidHost(authority)) throw new HTTPInputError("Malformed HTTP request target: its host is invalid");
  if (host === null) {
    // HTTP/2 has its host in the target (RFC 9113, 8.3.1). Where HTTP/1 names none, Deno puts its own address there,
    // which is the path of a unix socket: nothing that could be a host.
    if (!url.startsWith("http+unix:")) fields.pairs.unshift("host", authority);
  } else if (host !== "") {
    // Deno puts the host of an absolute-form target into the URL. An empty one is invalid (RFC 9110, 4.2.1).
    if (authority === "" || authority.startsWith(":")) {
      throw new HTTPInputError("Malformed HTTP request target: it has no host");
    }
    return url;
  }
  return url.charCodeAt(end) === 0x2f ? url.slice(end) : `/${url.slice(end)}`;
}

interface Fields {
  /** Names and values in turn. */
  readonly pairs: string[];
  /** The bytes of all lines. */
  size: number;
  host: string | null;
  length: number;
}

/** What a line of a header has beside name and value: the colon, a space, and its end. */
const LINE_EXTRA = 4;

/** The lengths of the names that {@linkcode readFields} looks for. */
const LENGTHS: readonly number[] = ["host", "expect", "content-length", "transfer-encoding"].map((name) => name.length);

/** One pass over all headers: looking four names up costs as much. */
function readFields(pairs: string[]): Fields {
  const fields: Fields = { pairs, size: 0, host: null, length: UNKNOWN_LENGTH };
  let isChunked = false;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? "";
    const value = pairs[i + 1] ?? "";
    fields.size += name.length + value.length + LINE_EXTRA;
    // Most names differ from the four in their length already.
    if (!LENGTHS.includes(name.length)) continue;
    switch (name.toLowerCase()) {
      case "host":
        // Two of them are none, which the blank between them says.
        fields.host = fields.host === null ? value : `${fields.host}, ${value}`;
        break;
      case "content-length":
        fields.length = fields.length === UNKNOWN_LENGTH ? Number(value) : NaN;
        break;
      case "transfer-encoding":
        // Deno takes the last coding off and hands over a body in the others.
        if (isChunked || value.toLowerCase() !== "chunked") throw refused("Unsupported Transfer-Encoding", 501);
        isChunked = true;
        break;
      case "expect":
        if (!value.split(",").every(isKnownExpectation)) throw refused("Unknown expectation", 417);
        break;
    }
  }
  return fields;
}

/** The slow way; an iterator would take more than twice as long. */
function pairsOf(headers: Headers): string[] {
  const pairs: string[] = [];
  headers.forEach((value, name) => pairs.push(name, value));
  return pairs;
}

/**
 * Reads the head of a request that a program has made: its URL is normalised, and it has no Host header.
 *
 * @throws {HTTPInputError} If a header is not legal in a message.
 */
export function readMadeHead(request: Request): ServedHead {
  const headers = new HTTPHeaders(request.headers);
  const url = new URL(request.url);
  if (!headers.has("Host")) headers.set("Host", url.host);
  const startLine = new RequestStartLine(request.method, url.pathname + url.search, VERSION);
  return { startLine, headers, length: request.body === null ? 0 : UNKNOWN_LENGTH };
}

/** Tells whether an item of Expect is known; an empty one means nothing (RFC 9110, 5.6.1.2). */
function isKnownExpectation(item: string): boolean {
  const expectation = trimOWS(item);
  return expectation === "" || expectation.toLowerCase() === "100-continue";
}

function authorityEnd(url: string, start: number): number {
  for (let i = start; i < url.length; i++) {
    const code = url.charCodeAt(i);
    if (code === 0x2f || code === 0x3f || code === 0x23) return i;
  }
  return url.length;
}

function refused(message: string, statusCode: number): HTTPInputError {
  return new HTTPInputError(message, { statusCode });
}
