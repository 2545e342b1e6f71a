import { blockOf, fieldName, headersOfLines, trimOWS } from "../../http/internal.ts";
import type { HTTPHeaders } from "../../http/httputil.ts";

const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const SMALL_A = 0x61;
const SMALL_Z = 0x7a;
const DASH = 0x2d;
const UNDERSCORE = 0x5f;
const SP = 0x20;
const HTAB = 0x09;

/** The fields of a head, parted in two. */
export interface PartedHead {
  /** The lines of those that go on. */
  readonly lines: string;
  /** The others. */
  readonly others: HTTPHeaders;
}

/**
 * Parts the fields of a head in two as text, without parsing those that go on: a run of lines that are written as this
 * library writes them is one slice of what was received. A head of many fields makes little garbage that way.
 *
 * @param isAsked Tells by the first letter of a name whether `goesOn` must be asked.
 * @param goesOn Tells whether the field of a normalised name goes on.
 */
export function partHead(
  headers: HTTPHeaders,
  isAsked: (letter: number) => boolean,
  goesOn: (normalizedName: string) => boolean,
): PartedHead {
  const block = blockOf(headers);
  let lines = "";
  let others = "";
  // Where the run of lines begins that go on unchanged.
  let run = 0;
  for (let start = 0; start < block.length;) {
    const colon = block.indexOf(":", start);
    const end = block.indexOf("\r\n", colon) + 2;
    const isPlain = isWrittenPlainly(block, start, colon, end);
    if (!isPlain || isAsked(block.charCodeAt(start))) {
      const name = fieldName(block.slice(start, colon));
      const passes = goesOn(name);
      if (!passes || !isPlain) {
        lines += block.slice(run, start);
        run = end;
        const line = isPlain ? block.slice(start, end) : `${name}: ${trimOWS(block, colon + 1, end - 2)}\r\n`;
        if (passes) lines += line;
        else others += line;
      }
    }
    start = end;
  }
  return { lines: lines + block.slice(run), others: headersOfLines(others) };
}

/** Tells whether a line is `Field-Name: value`, with a name that has no underscore. */
function isWrittenPlainly(block: string, start: number, colon: number, end: number): boolean {
  let isFirst = true;
  for (let i = start; i < colon; i++) {
    const code = block.charCodeAt(i);
    if (isFirst ? code >= SMALL_A && code <= SMALL_Z : code >= CAPITAL_A && code <= CAPITAL_Z) return false;
    if (code === UNDERSCORE) return false;
    isFirst = code === DASH;
  }
  if (block.charCodeAt(colon + 1) !== SP) return false;
  const from = colon + 2;
  const to = end - 2;
  return from >= to || !(isBlank(block.charCodeAt(from)) || isBlank(block.charCodeAt(to - 1)));
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}
