import { FieldMap, joinedOf } from "./field_map.ts";
import { HTTPInputError } from "./errors.ts";
import { normalizeName, scanBlock, trimOWS } from "./fields.ts";

/** Looks into the unparsed block before it is parsed. One costs a fifth of parsing. */
const SCAN_LIMIT = 4;

/**
 * The fields of an `HTTPHeaders`: a block as it was received, until a call needs it parsed.
 *
 * Callers give names that are normalised, and values that are legal.
 */
export class HeaderFields {
  /** Tells whether all values are known to be ASCII; `false` may also mean that they were not checked. */
  ascii = true;
  #map: FieldMap | null = null;
  /** The unparsed block, or `null` if it is parsed. */
  #block: string | null = null;
  #scans = 0;

  /** Takes over a validated block `Name: value CRLF ...`, before anything else. */
  receive(block: string): void {
    this.#block = block;
    this.ascii = false;
  }

  get map(): FieldMap {
    if (this.#map !== null) return this.#map;
    const block = this.#block ?? "";
    this.#block = null;
    return this.#map = parseBlock(block);
  }

  /** Returns the values of a name joined by a comma, or `null` if there is none. */
  lookup(name: string): string | null {
    if (this.#block !== null && this.#scans < SCAN_LIMIT) {
      this.#scans++;
      const found = scanBlock(this.#block, name);
      if (found !== undefined) return found;
    }
    const value = this.map.get(name);
    return value === undefined ? null : joinedOf(value);
  }

  /** Looks a name up as {@linkcode lookup} does, and leaves the block unparsed. */
  peek(name: string): string | null {
    if (this.#block === null) return this.lookup(name);
    const found = scanBlock(this.#block, name);
    return found === undefined ? this.copy().lookup(name) : found;
  }

  copy(): HeaderFields {
    const copy = new HeaderFields();
    copy.#block = this.#block;
    copy.ascii = this.ascii;
    copy.#map = this.#map === null ? null : this.#map.copy();
    return copy;
  }
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
