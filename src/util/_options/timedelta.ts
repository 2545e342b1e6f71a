const MICROSECONDS: ReadonlyMap<string, number> = new Map([
  ["microseconds", 1],
  ["milliseconds", 1000],
  ["seconds", 1_000_000],
  ["minutes", 60_000_000],
  ["hours", 3_600_000_000],
  ["days", 86_400_000_000],
  ["weeks", 604_800_000_000],
]);

const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ["h", "hours"],
  ["m", "minutes"],
  ["min", "minutes"],
  ["s", "seconds"],
  ["sec", "seconds"],
  ["ms", "milliseconds"],
  ["us", "microseconds"],
  ["d", "days"],
  ["w", "weeks"],
]);

/** The largest `datetime.timedelta` of Python. */
const MAX_SECONDS = 999_999_999 * 86_400;

/** The unit takes all letters and digits that follow: "1.5d2ms" has the unit "d2ms", which does not exist. */
const PART = /\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*([\p{L}\p{N}_]*)\s*/iuy;

/**
 * Reads a length of time such as `45`, `1h 30m` or `2 days` as Tornado does; the parts are added. Returns seconds,
 * rounded to microseconds, or `undefined` for any other text.
 */
export function parseTimedelta(text: string): number | undefined {
  let sum = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) return undefined;
    const unit = match[2] || "seconds";
    const size = MICROSECONDS.get(ABBREVIATIONS.get(unit) ?? unit);
    if (size === undefined) return undefined;
    sum += Math.round(Number(match[1]) * size);
  }
  const seconds = sum / 1_000_000;
  return Math.abs(seconds) <= MAX_SECONDS ? seconds : undefined;
}
