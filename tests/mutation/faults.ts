import { projectRoot, sourceFiles } from "../../tools/project.ts";

/** A fault to put into the code, and where it should be noticed. */
export interface Fault {
  /** What goes wrong. */
  readonly name: string;
  /** Code that occurs exactly once in all of `src`. */
  readonly find: string;
  /** What stands there with the fault. */
  readonly replace: string;
  /** Test files or folders, one of which must fail. */
  readonly tests: readonly string[];
}

const HEADS = ["tests/http/http1"];
const FRAMES = ["tests/websocket/frame_reader_test.ts"];
const STATIC = ["tests/web/static_files_test.ts", "tests/web/static"];

/** One fault each for 30 rules that keep a peer, or a mistake, from doing harm. */
export const FAULTS: readonly Fault[] = [
  // Heads and chunks
  {
    name: "anything may stand behind the HTTP version",
    find: `if (code !== CR) throw new HTTPInputError("Malformed HTTP version");`,
    replace: "",
    tests: HEADS,
  },
  {
    name: "a blank may stand between the name of a field and its colon",
    find: "if (bytes[i] !== COLON || this.#nameEnd === this.#nameStart) {",
    replace: "if ((bytes[i] !== COLON && bytes[i] !== SP) || this.#nameEnd === this.#nameStart) {",
    tests: HEADS,
  },
  {
    name: "a chunk may be longer than it says",
    find: `if (code !== CR) throw new HTTPInputError("Improperly terminated chunk");`,
    replace: "",
    tests: HEADS,
  },
  {
    name: "a value may hold a CR that ends no line",
    find: `if (code !== LF) throw new HTTPInputError("Malformed HTTP header value: CR without LF");`,
    replace: "",
    tests: HEADS,
  },
  // Framing of HTTP messages
  {
    name: "of two lengths the last one counts",
    find: "this.contentLength === LENGTH_NONE || this.contentLength === length",
    replace: "this.contentLength !== LENGTH_BAD",
    tests: HEADS,
  },
  {
    name: "a message may have a length and be chunked",
    find:
      `if (this.contentLength !== LENGTH_NONE) throw new HTTPInputError("Both Content-Length and Transfer-Encoding");`,
    replace: "",
    tests: HEADS,
  },
  {
    name: "a length may have a sign",
    find: "if (code < 0x30 || code > 0x39) return LENGTH_BAD;",
    replace: "if ((code < 0x30 || code > 0x39) && i !== start) return LENGTH_BAD;",
    tests: HEADS,
  },
  {
    name: "a request may name two hosts",
    find: `if (this.#hosts > 1) throw new HTTPInputError("Multiple Host headers");`,
    replace: "",
    tests: HEADS,
  },
  // Limits
  {
    name: "a head may be as long as it likes",
    find:
      "if (limit - start === maxSize) {\n      throw this.#state === FIELDS\n        ? new HTTPInputError(`Request header",
    replace:
      "if (limit - start > maxSize) {\n      throw this.#state === FIELDS\n        ? new HTTPInputError(`Request header",
    tests: HEADS,
  },
  {
    name: "the limit of a body holds for each chunk alone",
    find: "if (this.#size > maxBodySize - this.decoded) {",
    replace: "if (this.#size > maxBodySize) {",
    tests: HEADS,
  },
  {
    name: "trailers may be as long as they like",
    find: "if (this.trailer.length > this.#maxTrailerSize)",
    replace: "if (this.trailer.length < 0)",
    tests: HEADS,
  },
  {
    name: "a form may have one part too many",
    find: "if (++this.#parts > this.#config.maxParts) {",
    replace: "if (this.#parts++ > this.#config.maxParts) {",
    tests: ["tests/http/httputil/multipart_parser_test.ts"],
  },
  {
    name: "fragments of a WebSocket message are not added up",
    find: "(this.#message === null ? 0 : this.#message.length)",
    replace: "0",
    tests: FRAMES,
  },
  // What is dropped after the end
  {
    name: "after an error the rest of an HTTP connection is dropped without end",
    find: "if (this.#lingered > LINGER_BYTES) this.stream.abort();",
    replace: "",
    tests: ["tests/http/http1/lingering_test.ts"],
  },
  {
    name: "after an error an HTTP connection stays open as long as its peer likes",
    find: "if (this.#delegate !== null) this.start(LINGER_SECONDS);",
    replace: "",
    tests: ["tests/http/http1/lingering_test.ts"],
  },
  {
    name: "a ping is answered after our Close frame",
    find: "if (!this.closing && this.settings.autoPong !== false) this.pong(data);",
    replace: "if (this.settings.autoPong !== false) this.pong(data);",
    tests: ["tests/contracts/websocket_test.ts"],
  },
  // Cookies
  {
    name: "a signed cookie counts under any name",
    find: `if (fields.name !== byteText(name)) return refused("signed for another name", text);`,
    replace: "",
    tests: ["tests/web/signed_value_test.ts"],
  },
  {
    name: "a signed cookie never grows too old",
    find: `if (fields.timestamp < oldest) return refused("too old", text);`,
    replace: "",
    tests: ["tests/web/signed_value_test.ts"],
  },
  {
    name: "an attribute of a cookie may add another",
    find: "if (!NO_ATTRIBUTE.test(value)) return value;",
    replace: `if (value !== "") return value;`,
    tests: ["tests/web/cookies_test.ts"],
  },
  // XSRF
  {
    name: "any XSRF token is taken for the right one",
    find: `if (!equalBytes(token, expected)) throw new HTTPError(403, "XSRF cookie does not match POST argument");`,
    replace: "",
    tests: ["tests/web/request_handler/xsrf_test.ts", "tests/web/render_test.ts", "tests/web/life_cycle_test.ts"],
  },
  {
    name: "DELETE needs no XSRF token",
    find: `if (xsrfCookies) atOnce<unknown>(handler.checkXsrfCookie(), "checkXsrfCookie()");`,
    replace:
      `if (xsrfCookies && request.method !== "DELETE") atOnce<unknown>(handler.checkXsrfCookie(), "checkXsrfCookie()");`,
    tests: ["tests/web/request_handler/xsrf_test.ts", "tests/web/render_test.ts", "tests/web/life_cycle_test.ts"],
  },
  // Routing
  {
    name: "the port counts when a host is matched",
    find: "return this.#anchored.test(request.hostName) ? NO_PARAMS : null;",
    replace: "return this.#anchored.test(request.host) ? NO_PARAMS : null;",
    tests: ["tests/web/routing_test.ts", "tests/web/routing", "tests/web/application_test.ts"],
  },
  {
    name: "paths are tried before a rule that has to be asked and comes first",
    find: "steps.push(rule);\n      run = null;",
    replace: "steps.push(rule);",
    tests: ["tests/web/routing_test.ts", "tests/web/routing"],
  },
  // WebSocket frames
  {
    name: "half of a surrogate pair passes for UTF-8",
    find: "const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;",
    replace: "const highest = lead === 0xf4 ? 0x8f : 0xbf;",
    tests: FRAMES,
  },
  // Back-pressure
  {
    name: "the last write may go beyond the limit of a stream's buffer",
    find: "if (this.maxSize !== null && this.size + count > this.maxSize) {",
    replace: "if (this.maxSize !== null && this.size > this.maxSize) {",
    tests: ["tests/net/iostream_test.ts"],
  },
  {
    name: "pongs wait without number for a peer that does not read",
    find: "if (pongs.count >= maxPendingPongs) {",
    replace: "if (pongs.count < 0) {",
    tests: ["tests/ws", "tests/websocket/protocol_test.ts"],
  },
  {
    name: "a WebSocket message may go beyond the high water mark",
    find: `waiting + length > highWaterMark && backpressure !== "wait" &&`,
    replace: `waiting > highWaterMark && backpressure !== "wait" &&`,
    tests: ["tests/websocket"],
  },
  // Static files
  {
    name: "ranges may be larger than the file, all together",
    find: "if (specs.length === 0 || total > size) return WHOLE;",
    replace: "if (specs.length === 0) return WHOLE;",
    tests: STATIC,
  },
  {
    name: "a weak validator holds for If-Range",
    find: `if (validator.startsWith('"')) return validator === etag;`,
    replace: `if (validator.includes('"')) return validator.replace("W/", "") === etag;`,
    tests: STATIC,
  },
  {
    name: "a folder whose name begins with the root's is below the root",
    find: "path.startsWith(directory.endsWith(sep) ? directory : directory + sep)",
    replace: "path.startsWith(directory)",
    tests: STATIC,
  },
];

/** The files of `src` with their texts. */
export function sourceTexts(): Map<string, string> {
  return new Map(sourceFiles("src").map((file) => [file, Deno.readTextFileSync(`${projectRoot}/${file}`)]));
}

/**
 * Finds the one file in which a fault's code occurs, once.
 *
 * @throws {Error} If the code is not there, or more than once: the fault has to follow the code.
 */
export function placeOf({ name, find }: Fault, sources: ReadonlyMap<string, string>): { file: string; text: string } {
  const places = [...sources].flatMap(([file, text]) => Array(text.split(find).length - 1).fill({ file, text }));
  if (places.length === 1) return places[0];
  throw new Error(`The code of the fault "${name}" occurs ${places.length} times: ${find}`);
}
