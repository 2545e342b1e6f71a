import { MONTHS, WEEKDAYS } from "../../internal/calendar.ts";
import { civil, dayNumber, isoWeek, offsetText, pad, type TimeFields, weekday } from "./time_text.ts";
import { localInstant } from "./time_value.ts";

/** Widest field, as for the other formats: a template must not fill the memory with blanks. */
const MAX_WIDTH = 100_000;

/** Python's `strftime` as on Linux, in English: with the flags and widths of the C library. */
export function formatTime(fields: TimeFields, format: string): string {
  return format.replace(/%([-_0^#]*)(\d*)[EO]?([a-zA-Z%])/g, (whole, flags: string, width: string, letter: string) => {
    const text = directive(fields, letter);
    return text === null || Number(width) > MAX_WIDTH ? whole : adjusted(text, flags, Number(width), letter);
  });
}

/** Directives that give text, which is filled up with blanks where numbers are filled up with zeros. */
const TEXTS = "aAbBchDFnpPrRtTxXZ%";

function adjusted(text: string, flags: string, width: number, letter: string): string {
  const isText = TEXTS.includes(letter);
  let result = text;
  if (!isText && flags.includes("-")) result = text.replace(/^[0 ]+(?=\d)/, "");
  else if (!isText && flags.includes("_")) result = text.replace(/^0+(?=\d)/, (zeros) => " ".repeat(zeros.length));
  else if (!isText && flags.includes("0")) result = text.replace(/^ +/, (blanks) => "0".repeat(blanks.length));
  if (flags.includes("^")) result = result.toUpperCase();
  if (flags.includes("#")) result = letter === "p" ? result.toLowerCase() : result.toUpperCase();
  const isBlank = (isText && !flags.includes("0")) || flags.includes("_") || "ekl".includes(letter);
  return result.padStart(width, isBlank ? " " : "0");
}

function directive(fields: TimeFields, letter: string): string | null {
  const { days, micros, offset, zone } = fields;
  const { year, month, day } = civil(days);
  const seconds = Math.floor(micros / 1e6);
  const hour = Math.floor(seconds / 3600);
  const dayOfYear = days - dayNumber(year, 1, 1);
  const sunday = (weekday(days) + 1) % 7;
  const halfDay = hour % 12 === 0 ? 12 : hour % 12;
  switch (letter) {
    case "a":
      return WEEKDAYS[weekday(days)]?.slice(0, 3) ?? "";
    case "A":
      return WEEKDAYS[weekday(days)] ?? "";
    case "b":
    case "h":
      return MONTHS[month - 1]?.slice(0, 3) ?? "";
    case "B":
      return MONTHS[month - 1] ?? "";
    case "c":
      return formatTime(fields, "%a %b %e %H:%M:%S %Y");
    case "C":
      return String(Math.floor(year / 100));
    case "d":
      return pad(day);
    case "D":
    case "x":
      return formatTime(fields, "%m/%d/%y");
    case "e":
      return String(day).padStart(2);
    case "f":
      return pad(micros % 1e6, 6);
    case "F":
      return formatTime(fields, "%Y-%m-%d");
    case "g":
      return pad(isoWeek(days).year % 100);
    case "G":
      return String(isoWeek(days).year);
    case "H":
      return pad(hour);
    case "I":
      return pad(halfDay);
    case "j":
      return pad(dayOfYear + 1, 3);
    case "k":
      return String(hour).padStart(2);
    case "l":
      return String(halfDay).padStart(2);
    case "m":
      return pad(month);
    case "M":
      return pad(Math.floor(seconds / 60) % 60);
    case "n":
      return "\n";
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "P":
      return hour < 12 ? "am" : "pm";
    case "r":
      return formatTime(fields, "%I:%M:%S %p");
    case "R":
      return formatTime(fields, "%H:%M");
    case "s": {
      // As the C library: the fields are those of local time, whatever the time zone.
      const [localDays, localMicros] = localInstant(days, micros);
      return String(localDays * 86_400 + Math.floor(localMicros / 1e6));
    }
    case "S":
      return pad(seconds % 60);
    case "t":
      return "\t";
    case "T":
    case "X":
      return formatTime(fields, "%H:%M:%S");
    case "u":
      return String(weekday(days) + 1);
    case "U":
      return pad(Math.floor((dayOfYear + 7 - sunday) / 7));
    case "V":
      return pad(isoWeek(days).week);
    case "w":
      return String(sunday);
    case "W":
      return pad(Math.floor((dayOfYear + 7 - weekday(days)) / 7));
    case "y":
      return pad(year % 100);
    case "Y":
      return String(year);
    case "z":
      return offset === null ? "" : offsetText(offset, "");
    case "Z":
      return zone;
    case "%":
      return "%";
  }
  return null;
}
