import { strip } from "../internal/python.ts";
import { genLog } from "../util/log.ts";
import { decodeFile } from "./_charset.ts";
import { naming } from "./errors.ts";
import type { CSVTranslations } from "./locale.ts";

/** Reads the text or bytes of a CSV file, which the log calls `source`, and logs the rows that are refused. */
export function readCsvTranslations(
  data: string | Uint8Array,
  encoding: string | null,
  source: string,
): CSVTranslations {
  const { translations, refused } = parseCsvTranslations(asText(data, encoding, source));
  for (const { indicator, line } of refused) {
    genLog.error("Unrecognized plural indicator %r in %s line %d", indicator, source, line);
  }
  return translations;
}

function asText(data: string | Uint8Array, encoding: string | null, source: string): string {
  if (typeof data === "string") return data.startsWith("\ufeff") ? data.slice(1) : data;
  return naming(source, () => decodeFile(data, encoding));
}

/** A third column that is none of `plural`, `singular` and `unknown`. */
interface UnknownIndicator {
  readonly indicator: string;
  readonly line: number;
}

/** The tables of a CSV file, and the rows that were left out of them. */
interface ParsedTranslations {
  readonly translations: CSVTranslations;
  readonly refused: readonly UnknownIndicator[];
}

type Table = Record<string, string>;

/**
 * Reads rows of message, translation and plural indicator; shorter rows are passed over, and of equal ones the last
 * counts.
 */
function parseCsvTranslations(text: string): ParsedTranslations {
  const translations: { plural?: Table; singular?: Table; unknown?: Table } = {};
  const refused: UnknownIndicator[] = [];
  for (const { fields, line } of readCsv(text)) {
    if (fields.length < 2) continue;
    const [message, translation, indicator = ""] = fields.map(strip);
    const kind = indicator === "" ? "unknown" : indicator;
    if (kind === "plural" || kind === "singular" || kind === "unknown") {
      // Without a prototype, since a message may be called "__proto__".
      const table: Table = translations[kind] ??= Object.create(null);
      table[message] = translation;
    } else {
      refused.push({ indicator, line });
    }
  }
  return { translations, refused };
}

/** One record of a CSV file. */
interface CsvRow {
  readonly fields: readonly string[];
  /** The line of the file on which the record starts, from 1. */
  readonly line: number;
}

const UNQUOTED = /[^,\n]*/y;

/**
 * Reads comma-separated values (RFC 4180) the way the `csv` module of Python does in its default dialect: a quote in
 * the middle of a field is a character like any other, text after a closing quote still belongs to the field, a quote
 * that is never closed lasts to the end of the file, and an empty line is a record without fields. Every line ending
 * becomes `\n`, within quotes as well.
 *
 * Each character is looked at a fixed number of times, whatever the input.
 */
function* readCsv(text: string): Generator<CsvRow> {
  const source = text.replace(/\r\n?/g, "\n");
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const start = line;
    if (source[at] === "\n") {
      at++;
      line++;
      yield { fields: [], line: start };
      continue;
    }
    const fields: string[] = [];
    let more = true;
    while (more) {
      let field = "";
      if (source[at] === '"') {
        const quoted = readQuoted(source, at + 1);
        field = quoted.text;
        line += quoted.lines;
        at = quoted.end;
      }
      UNQUOTED.lastIndex = at;
      const rest = UNQUOTED.exec(source)?.[0] ?? "";
      fields.push(field + rest);
      at += rest.length;
      more = source[at] === ",";
      at++;
    }
    line++;
    yield { fields, line: start };
  }
}

interface Quoted {
  readonly text: string;
  /** Index after the closing quote. */
  readonly end: number;
  /** The number of line ends within the quotes. */
  readonly lines: number;
}

function readQuoted(source: string, start: number): Quoted {
  const pieces: string[] = [];
  let at = start;
  for (;;) {
    const quote = source.indexOf('"', at);
    if (quote < 0) {
      pieces.push(source.slice(at));
      at = source.length;
      break;
    }
    const doubled = source[quote + 1] === '"';
    pieces.push(source.slice(at, doubled ? quote + 1 : quote));
    at = quote + (doubled ? 2 : 1);
    if (!doubled) break;
  }
  const text = pieces.join("");
  return { text, end: at, lines: text.split("\n").length - 1 };
}
