import { HeaderNotFoundError, HTTPInputError } from "./errors.ts";
import { joinedOf } from "./field_map.ts";
import { FIELD_CHARS, normalizeName, parseFieldLine, splitLines, trimOWS } from "./fields.ts";
import { checkedName, HeaderFields, shortened } from "./header_fields.ts";

/** Sources of {@linkcode HTTPHeaders}. */
export type HTTPHeadersInit = HTTPHeaders | Headers | Readonly<Record<string, string>> | Iterable<[string, string]>;

function hasEdgeWhitespace(value: string): boolean {
  return value.length !== 0 && trimOWS(value).length !== value.length;
}

/** Returns the fields of headers, on which trusted code in this library works without checks. */
export let fieldsOf: (headers: HTTPHeaders) => HeaderFields;

/**
 * Headers of one message: a multimap with case-insensitive names, in the order in which the names were first added.
 *
 * Names are normalised to `Http-Header-Case`. Repeated headers stay separate, as `Set-Cookie` needs, and a method that
 * returns one string joins them: with a comma, or `Cookie` with a semicolon. No value can contain CR, LF, NUL or
 * another control character, so the block that is sent is always well-formed. Tornado's `HTTPHeaders`.
 *
 * @example
 * ```ts
 * import { HTTPHeaders } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = new HTTPHeaders({ "content-type": "text/html" });
 * headers.add("Set-Cookie", "A=B");
 * headers.add("set-cookie", "C=D");
 * assertEquals([...headers.keys()], ["Content-Type", "Set-Cookie"]);
 * assertEquals(headers.get("set-cookie"), "A=B,C=D");
 * assertEquals(headers.getList("set-cookie"), ["A=B", "C=D"]);
 * ```
 */
export class HTTPHeaders {
  #fields: HeaderFields;
  #lastName = "";

  static {
    fieldsOf = (headers) => headers.#fields;
  }

  /**
   * Makes headers, empty or with a copy of those in `init`; repeated names in it are kept.
   *
   * @throws {HTTPInputError} If a name or value in it is not legal.
   */
  constructor(init?: HTTPHeadersInit) {
    if (init instanceof HTTPHeaders) {
      this.#fields = init.#fields.copy();
      this.#lastName = init.#lastName;
      return;
    }
    this.#fields = new HeaderFields();
    if (init === undefined) return;
    if (Symbol.iterator in init) {
      for (const [name, value] of init) this.add(name, value);
    } else {
      for (const name of Object.keys(init)) this.set(name, init[name] ?? "");
    }
  }

  /**
   * Parses a header block: lines ended by CRLF or LF, folded lines joined.
   *
   * @throws {HTTPInputError} If a line is malformed.
   *
   * @example
   * ```ts
   * import { HTTPHeaders } from "@twister/twister/httputil";
   * import { assertEquals } from "@std/assert";
   *
   * const headers = HTTPHeaders.parse("Content-Type: text/html\r\nContent-Length: 42\r\n");
   * assertEquals([...headers.entries()], [["Content-Type", "text/html"], ["Content-Length", "42"]]);
   * ```
   */
  static parse(headers: string): HTTPHeaders {
    const result = new HTTPHeaders();
    for (const line of splitLines(headers)) result.parseLine(line);
    return result;
  }

  /**
   * Adds the header of one line, with or without its line end; a line that starts with white space continues the one
   * before it, an empty line is skipped.
   *
   * @throws {HTTPInputError} If the line is malformed.
   */
  parseLine(line: string): void {
    const field = parseFieldLine(line);
    if (field === null) return;
    if (field.name === null) fold(this.#fields, this.#lastName, field.value);
    else this.add(field.name, field.value);
  }

  /**
   * Adds a value to those that the name already has.
   *
   * @throws {HTTPInputError} If the name is not a token, or the value has a control character, a character beyond
   * latin1, or white space around it.
   * @throws {TypeError} If the value is not a string.
   */
  add(name: string, value: string): void {
    const normalized = checkedName(name);
    checkValue(value);
    if (hasEdgeWhitespace(value)) throw new HTTPInputError(`Invalid header value ${shortened(value)}`);
    this.#lastName = normalized;
    this.#fields.map.append(normalized, value);
  }

  /**
   * Replaces all values of the name, in the place of the first.
   *
   * @throws {HTTPInputError} If the name is not a token, or the value has a control character or one beyond latin1.
   * @throws {TypeError} If the value is not a string.
   */
  set(name: string, value: string): void {
    const normalized = checkedName(name);
    checkValue(value);
    this.#fields.map.put(normalized, value);
  }

  /**
   * Returns the values of the name joined by `","` without a space (`Cookie`: by `"; "`), or the default, or `null`.
   */
  get(name: string, defaultValue: string | null = null): string | null {
    const normalized = normalizeName(name);
    if (normalized === undefined) return defaultValue;
    return this.#fields.lookup(normalized) ?? defaultValue;
  }

  /**
   * Returns the values of the name joined by `","`; Tornado's `headers[name]`.
   *
   * @throws {HeaderNotFoundError} If there is none.
   */
  getItem(name: string): string {
    const value = this.get(name);
    if (value === null) throw new HeaderNotFoundError(name);
    return value;
  }

  /** Returns all values of the name, in order, as a new list; empty if there is none. */
  getList(name: string): string[] {
    const normalized = normalizeName(name);
    const value = normalized === undefined ? undefined : this.#fields.map.get(normalized);
    if (value === undefined) return [];
    return typeof value === "string" ? [value] : value.list.slice();
  }

  /** Yields a pair for each value; the values of one name come together. */
  *getAll(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#fields.map.entries()) {
      if (typeof value === "string") yield [name, value];
      else for (const one of value.list) yield [name, one];
    }
  }

  /** Tells whether there is a header of that name. */
  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** Removes all values of the name, and returns whether there was one. Tornado's `del` throws for a missing name. */
  delete(name: string): boolean {
    const normalized = normalizeName(name);
    return normalized !== undefined && this.#fields.map.delete(normalized);
  }

  /** The number of distinct names. */
  get size(): number {
    return this.#fields.map.size;
  }

  /** Returns an independent copy. */
  copy(): HTTPHeaders {
    return new HTTPHeaders(this);
  }

  /** Yields the names, normalised. */
  *keys(): IterableIterator<string> {
    for (const [name] of this.#fields.map.entries()) yield name;
  }

  /** Yields one joined value for each name. */
  *values(): IterableIterator<string> {
    for (const [, value] of this.#fields.map.entries()) yield joinedOf(value);
  }

  /** Yields name and joined value for each name; Tornado's `items()`. */
  *entries(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#fields.map.entries()) yield [name, joinedOf(value)];
  }

  /** Yields the names, normalised, as iterating over Tornado's headers does. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }

  /**
   * Replaces each header that `other` has by all its values in `other`. The rest stays.
   *
   * @throws {HTTPInputError} If a name or value in it is not legal.
   */
  update(other: HTTPHeadersInit): void {
    const source = other instanceof HTTPHeaders ? other : new HTTPHeaders(other);
    const fields = this.#fields.map;
    for (const [name, value] of source.#fields.map.copy().entries()) fields.put(name, value);
  }

  /**
   * Removes the name and returns its joined value.
   *
   * @param defaultValue The value to return if there is none.
   * @throws {HeaderNotFoundError} If there is none, and no default was given.
   */
  pop(name: string, defaultValue?: string | null): string | null {
    const value = this.get(name);
    if (value !== null) this.delete(name);
    else if (defaultValue === undefined) throw new HeaderNotFoundError(name);
    return value ?? defaultValue ?? null;
  }

  /**
   * Removes the first header and returns its name and joined value.
   *
   * @throws {HeaderNotFoundError} If there is none.
   */
  popitem(): [string, string] {
    for (const [name, value] of this.#fields.map.entries()) {
      this.delete(name);
      return [name, joinedOf(value)];
    }
    throw new HeaderNotFoundError("(any)");
  }

  /** Removes everything. */
  clear(): void {
    this.#fields = new HeaderFields();
    this.#lastName = "";
  }

  /**
   * Returns the joined value of the name, after setting it to the default if there was none.
   *
   * @throws {HTTPInputError} If the name or the default is not legal.
   */
  setdefault(name: string, defaultValue: string): string {
    const value = this.get(name);
    if (value !== null) return value;
    this.set(name, defaultValue);
    return defaultValue;
  }

  /** Tells whether both have the same names with the same joined values, in any order. Tornado's `==`. */
  equals(other: HTTPHeaders): boolean {
    if (this.size !== other.size) return false;
    for (const [name, value] of this.#fields.map.entries()) {
      if (other.#fields.lookup(name) !== joinedOf(value)) return false;
    }
    return true;
  }

  /** Returns the headers as text: one `Name: value` line for each value, ended by LF. */
  toString(): string {
    return this.#fields.map.serialize("\n");
  }
}

// Functions, since private methods would take eight bytes of every object.

function checkValue(value: string): void {
  // What is no string could read differently the next time.
  if (typeof value !== "string") throw new TypeError(`Header value must be a string, not ${typeof value}`);
  if (!FIELD_CHARS.test(value)) throw new HTTPInputError(`Invalid header value ${shortened(value)}`);
}

function fold(fields: HeaderFields, lastName: string, value: string): void {
  checkValue(value);
  if (!fields.map.extend(lastName, ` ${value}`)) {
    throw new HTTPInputError("First header line cannot start with whitespace");
  }
}

// For code of this library that knows what it writes: names are given normalised, values are known to be legal.

/** Makes headers of a validated block `Name: value CRLF ...`, which is parsed when something is asked for. */
export function headersFromBlock(block: string): HTTPHeaders {
  const headers = new HTTPHeaders();
  fieldsOf(headers).receive(block);
  return headers;
}

/**
 * Makes headers of validated lines `Name: value CRLF` with normalised names, and values without blanks around them:
 * they are sent unchanged, unless a call needs them parsed.
 */
export function headersOfLines(lines: string): HTTPHeaders {
  const headers = new HTTPHeaders();
  fieldsOf(headers).receive(lines, true);
  return headers;
}

/** Returns validated lines `Name: value CRLF` of headers: those that were received, or new ones. */
export function blockOf(headers: HTTPHeaders): string {
  return fieldsOf(headers).block();
}

/** Makes headers of validated names, in any case, and values in turn, which are taken over and parsed likewise. */
export function headersFromPairs(pairs: readonly string[]): HTTPHeaders {
  const headers = new HTTPHeaders();
  fieldsOf(headers).receive(pairs);
  return headers;
}

/** Returns a copy that has only the names, normalised, which `keep` returns `true` for. */
export function filterHeaders(headers: HTTPHeaders, keep: (normalizedName: string) => boolean): HTTPHeaders {
  const result = new HTTPHeaders();
  fieldsOf(result).adopt(fieldsOf(headers).map.filter(keep));
  return result;
}

/** Replaces a header. Its value must be legal. */
export function setTrusted(headers: HTTPHeaders, normalizedName: string, value: string): void {
  fieldsOf(headers).map.put(normalizedName, value);
}

/** Returns the values of a header joined by a comma, `null` if there is none. */
export function getTrusted(headers: HTTPHeaders, normalizedName: string): string | null {
  return fieldsOf(headers).lookup(normalizedName);
}

/**
 * Returns what {@linkcode getTrusted} does, and leaves the headers unparsed: for headers that live long, and take less
 * memory that way.
 */
export function peekTrusted(headers: HTTPHeaders, normalizedName: string): string | null {
  return fieldsOf(headers).peek(normalizedName);
}

/** Keeps the text of ASCII headers, for copies of them that are mostly only added to. */
export function sealHeaders(headers: HTTPHeaders): void {
  fieldsOf(headers).map.seal();
}

/** Returns the header block as it is sent: `Name: value CRLF` for each value, without the empty line. */
export function serializeHeaders(headers: HTTPHeaders): string {
  return fieldsOf(headers).serialize();
}
