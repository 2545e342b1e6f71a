/**
 * What a client that keeps to the letter of RFC 9112 understands of the bytes of several responses.
 *
 * @module
 */

/** A response. */
export interface Response {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly isComplete: boolean;
}

/** What was understood, interim responses left out, and what is wrong with it. */
export interface Reading {
  readonly responses: Response[];
  readonly interims: Response[];
  readonly wrong: string | null;
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-9]\d\d) [\t\x20-\x7e\x80-\xff]*$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*$/;
const SIZE = /^([0-9A-Fa-f]{1,8})$/;

/** Reads responses one after another; `methods` are those of the requests. */
export function readResponses(text: string, methods: readonly string[]): Reading {
  const reading = new Reader(text);
  const responses: Response[] = [];
  const interims: Response[] = [];
  try {
    while (reading.at < text.length) {
      const response = reading.next(methods[responses.length] ?? "GET");
      (response.status < 200 ? interims : responses).push(response);
      if (!response.isComplete) break;
    }
    return { responses, interims, wrong: null };
  } catch (error) {
    return { responses, interims, wrong: error instanceof Error ? error.message : String(error) };
  }
}

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  next(method: string): Response {
    const line = this.#line();
    if (line === null) return this.#broken(0, []);
    const status = Number(STATUS_LINE.exec(line)?.[1] ?? NaN);
    if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(line.slice(0, 60))}`);
    const headers = this.#fields();
    if (headers === null) return this.#broken(status, []);
    const valuesOf = (wanted: string) =>
      headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
    const lengths = valuesOf("content-length");
    const codings = valuesOf("transfer-encoding");
    if (lengths.length + codings.length > 1) throw new Error("more than one framing");
    if (status < 200 || status === 204) {
      if (lengths.length + codings.length > 0) throw new Error(`a framing in a ${status}`);
      return { status, headers, trailers: [], body: "", isComplete: true };
    }
    if (method === "HEAD" || status === 304) return { status, headers, trailers: [], body: "", isComplete: true };
    if (codings.length > 0) {
      if (codings[0] !== "chunked") throw new Error(`the coding ${codings[0]}`);
      return this.#chunked(status, headers);
    }
    if (lengths.length === 0) throw new Error("a body without a length");
    if (!/^\d{1,15}$/.test(lengths[0] ?? "")) throw new Error(`the length ${lengths[0]}`);
    const end = this.at + Number(lengths[0]);
    const body = this.#text.slice(this.at, end);
    this.at = Math.min(end, this.#text.length);
    return { status, headers, trailers: [], body, isComplete: end <= this.#text.length };
  }

  #chunked(status: number, headers: Response["headers"]): Response {
    let body = "";
    for (;;) {
      const line = this.#line();
      if (line === null) return { ...this.#broken(status, headers), body };
      const [, hex] = SIZE.exec(line) ?? [];
      if (hex === undefined) throw new Error(`the chunk size ${JSON.stringify(line.slice(0, 60))}`);
      const size = parseInt(hex, 16);
      if (size === 0) break;
      body += this.#text.slice(this.at, this.at + size);
      this.at += size;
      if (this.at + 2 > this.#text.length) return { ...this.#broken(status, headers), body };
      if (this.#text.slice(this.at, this.at + 2) !== "\r\n") throw new Error("a chunk without its end");
      this.at += 2;
    }
    const trailers = this.#fields();
    return trailers === null
      ? { ...this.#broken(status, headers), body }
      : { status, headers, trailers, body, isComplete: true };
  }

  #broken(status: number, headers: Response["headers"]): Response {
    this.at = this.#text.length;
    return { status, headers, trailers: [], body: "", isComplete: false };
  }

  /** Returns fields up to an empty line, or `null` if the text ends before. */
  #fields(): [string, string][] | null {
    const fields: [string, string][] = [];
    for (;;) {
      const line = this.#line();
      if (line === null) return null;
      if (line === "") return fields;
      const [, name, value = ""] = FIELD.exec(line) ?? [];
      if (name === undefined) throw new Error(`the field ${JSON.stringify(line.slice(0, 60))}`);
      fields.push([name, value]);
    }
  }

  #line(): string | null {
    const end = this.#text.indexOf("\r\n", this.at);
    if (end < 0) return null;
    const line = this.#text.slice(this.at, end);
    this.at = end + 2;
    return line;
  }
}
