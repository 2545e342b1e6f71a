import { FieldMap, joinedOf } from "./field_map.ts";
import { HTTPInputError } from "./errors.ts";
import { normalizeName, scanBlock, scanPairs, trimOWS } from "./fields.ts";

/** Looks into unparsed fields before they are parsed. One costs a fifth of parsing. */
const SCAN_LIMIT = 4;

/** Validated fields as they were received: a block `Name: value CRLF ...`, or names in any case and values in turn. */
export type ReceivedFields = string | readonly string[];

/**
 * The fields of an `HTTPHeaders`: as they were received, until a call needs them parsed.
 *
 * Callers give names that are normalised, and values that are legal.
 */
export class HeaderFields {
  #map: FieldMap | null = null;
  /** The unparsed fields, or `null` if they are parsed. */
  #received: ReceivedFields | null = null;
  /** Tells whether the unparsed fields are a block as {@linkcode FieldMap.serialize} writes it. */
  #isWritten = false;
  #scans = 0;
  /** The name that was looked up last in the unparsed fields: several parts of a program ask for the same one. */
  #scanned = "";
  #found: string | null = null;

  /** Takes over validated fields, before anything else. */
  receive(fields: ReceivedFields, isWritten = false): void {
    this.#received = fields;
    this.#isWritten = isWritten;
  }

  /** Takes over parsed fields, before anything else. */
  adopt(map: FieldMap): void {
    this.#map = map;
  }

  get map(): FieldMap {
    if (this.#map !== null) return this.#map;
    const received = this.#received ?? "";
    this.#received = null;
    return this.#map = typeof received === "string" ? parseBlock(received) : parsePairs(received);
  }

  /** Returns the values of a name joined by a comma, or `null` if there is none. */
  lookup(name: string): string | null {
    if (this.#received !== null) {
      if (name === this.#scanned) return this.#found;
      if (this.#scans < SCAN_LIMIT) {
        this.#scans++;
        const found = scan(this.#received, name);
        if (found !== undefined) {
          this.#scanned = name;
          return this.#found = found;
        }
      }
    }
    const value = this.map.get(name);
    return value === undefined ? null : joinedOf(value);
  }

  /** Looks a name up as {@linkcode lookup} does, and leaves the fields unparsed. */
  peek(name: string): string | null {
    if (this.#received === null) return this.lookup(name);
    const found = scan(this.#received, name);
    return found === undefined ? this.copy().lookup(name) : found;
  }

  /** Returns a block of the fields: the one that was received, if none has looked into it much, or a new one. */
  block(): string {
    return typeof this.#received === "string" ? this.#received : this.map.serialize("\r\n");
  }

  /** Returns the block as it is sent. */
  serialize(): string {
    return this.#isWritten ? this.block() : this.map.serialize("\r\n");
  }

  copy(): HeaderFields {
    const copy = new HeaderFields();
    copy.#received = this.#received;
    copy.#isWritten = this.#isWritten;
    copy.#map = this.#map === null ? null : this.#map.copy();
    return copy;
  }
}

function scan(received: ReceivedFields, name: string): string | null | undefined {
  return typeof received === "string" ? scanBlock(received, name) : scanPairs(received, name);
}

function parseBlock(block: string): FieldMap {
  const fields = new FieldMap();
  let start = 0;
  while (start < block.length) {
    const colon = block.indexOf(":", start);
    const end = block.indexOf("\r\n", colon);
    fields.append(checkedName(block.slice(start, colon)), trimOWS(block, colon + 1, end));
    start = end + 2;
  }
  return fields;
}

function parsePairs(pairs: readonly string[]): FieldMap {
  const fields = new FieldMap();
  for (let i = 0; i < pairs.length; i += 2) fields.append(checkedName(pairs[i] ?? ""), trimOWS(pairs[i + 1] ?? ""));
  return fields;
}

/** @throws {HTTPInputError} If it is not a token. */
export function checkedName(name: string): string {
  const normalized = normalizeName(name);
  if (normalized === undefined) throw new HTTPInputError(`Invalid header name ${shortened(name)}`);
  return normalized;
}

/** Quotes what a peer or an application gave, for an error message. */
export function shortened(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
