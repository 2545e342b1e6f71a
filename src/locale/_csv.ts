/** One record of a CSV file. */
export interface CsvRow {
  readonly fields: readonly string[];
  /** The line of the file on which the record starts, from 1. */
  readonly line: number;
}

const UNQUOTED = /[^,\n]*/y;

/**
 * Reads comma-separated values (RFC 4180) the way the `csv` module of Python does in its default dialect: a quote in the middle of
 * a field is a character like any other, text after a closing quote still belongs to the field, a quote that is never closed lasts
 * to the end of the file, and an empty line is a record without fields. Every line ending becomes `\n`, within quotes as well.
 *
 * Each character is looked at a fixed number of times, whatever the input.
 */
export function* readCsv(text: string): Generator<CsvRow> {
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
  /** How many line ends are within the quotes. */
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
