import { readCsv } from "./_csv.ts";
import { strip } from "./_python.ts";
import type { CSVTranslations } from "./csv_locale.ts";

/** A third column that is none of `plural`, `singular` and `unknown`. */
export interface UnknownIndicator {
  readonly indicator: string;
  readonly line: number;
}

/** The tables of a CSV file, and the rows that were left out of them. */
export interface ParsedTranslations {
  readonly translations: CSVTranslations;
  readonly refused: readonly UnknownIndicator[];
}

type Table = Record<string, string>;

/** Reads rows of message, translation and plural indicator; shorter rows are passed over, and of equal ones the last counts. */
export function parseCsvTranslations(text: string): ParsedTranslations {
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
