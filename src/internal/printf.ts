/**
 * Text built from a `%` format and its arguments, as Python's `%` operator builds it.
 *
 * It never throws: a message that is being logged because something went wrong must not itself be a second failure.
 *
 * @module
 */

/**
 * Widest field and longest fraction a format may ask for. Log lines and error messages are read by people, and a format
 * that came from a peer by mistake ("%999999999d") must not allocate what it says.
 */
const MAX_FIELD = 1024;

/** `toFixed` and `toExponential` refuse more digits than this. */
const MAX_FRACTION_DIGITS = 100;

/**
 * `%`, an optional `(name)`, flags, width, precision, a length modifier that Python ignores, and the conversion. A
 * width does not begin with 0, which is a flag: many zeros have only one reading, so that time stays linear.
 */
const SPECIFIER = /%(?:\((\w{1,64})\))?([-+ 0#]*)(\*|[1-9]\d*)?(?:\.(\*|\d+)?)?[hlL]?([diouxXeEfFgGcrsa%])/g;

/** A message and what its format did not use. */
export interface PrintfResult {
  /** The text with every conversion replaced. */
  readonly text: string;
  /** The number of positional arguments that the format consumed. */
  readonly consumed: number;
}

/**
 * Formats `args` into `format` like Python's `format % args`, without ever throwing.
 *
 * A conversion that lacks its argument stays as it is written. Arguments that no conversion asks for are appended after
 * a space each. Without arguments the format is returned untouched, so a plain message may hold `%` signs. `%(name)s`
 * reads from the first argument when that is an object.
 */
export function formatPrintf(format: string, args: readonly unknown[]): string {
  if (args.length === 0) return format;
  const { text, consumed } = expandPrintf(format, args);
  let result = text;
  for (let i = consumed; i < args.length; i++) result += ` ${toText(args[i])}`;
  return result;
}

/** As {@linkcode formatPrintf}, but leaves the surplus of arguments to the caller. */
export function expandPrintf(format: string, args: readonly unknown[]): PrintfResult {
  let next = 0;
  let named = false;
  const text = format.replace(
    SPECIFIER,
    (
      whole: string,
      name: string | undefined,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      conversion: string,
    ) => {
      if (conversion === "%") return "%";
      const start = next;
      let columns = 0;
      let left = flags.includes("-");
      if (width === "*") {
        const given = Number(args[next++]);
        if (given < 0) left = true;
        columns = Math.abs(given) || 0;
      } else if (width !== undefined) columns = Number(width);
      let digits: number | undefined;
      if (precision === "*") digits = Math.max(0, Number(args[next++]) || 0);
      else if (precision !== undefined) digits = Number(precision);
      else if (whole.includes(".")) digits = 0;
      let value: unknown;
      if (name !== undefined) {
        const source = args[0];
        if (typeof source !== "object" || source === null || !Object.hasOwn(source, name)) return whole;
        value = Reflect.get(source, name);
        named = true;
      } else {
        if (next >= args.length) {
          next = start;
          return whole;
        }
        value = args[next++];
      }
      return pad(convert(conversion, value, flags, digits), Math.min(columns, MAX_FIELD), left, flags, conversion);
    },
  );
  return { text, consumed: named ? Math.max(next, 1) : next };
}

/** The text of any value as `%s` prints it, also of one whose `toString` throws. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    const own = "toString" in value ? value.toString : undefined;
    if (typeof own === "function" && own !== Object.prototype.toString && own !== Array.prototype.toString) {
      if (!ArrayBuffer.isView(value)) return String(value);
    }
    return Deno.inspect(value);
  } catch {
    return "<value that cannot be printed>";
  }
}

function toInspected(value: unknown): string {
  try {
    return Deno.inspect(value);
  } catch {
    return "<value that cannot be printed>";
  }
}

function convert(conversion: string, value: unknown, flags: string, digits: number | undefined): string {
  switch (conversion) {
    case "s":
      return cut(toText(value), digits);
    case "r":
    case "a":
      return cut(toInspected(value), digits);
    case "c":
      return convertCharacter(value);
    case "d":
    case "i":
    case "u":
      return convertInteger(value, 10, flags, digits);
    case "o":
      return convertInteger(value, 8, flags, digits);
    case "x":
      return convertInteger(value, 16, flags, digits);
    case "X":
      return convertInteger(value, 16, flags, digits).toUpperCase();
    default:
      return convertFloat(conversion, value, flags, digits);
  }
}

function cut(text: string, digits: number | undefined): string {
  return digits === undefined ? text : text.slice(0, digits);
}

function convertCharacter(value: unknown): string {
  if (typeof value !== "number") return toText(value);
  return Number.isInteger(value) && value >= 0 && value <= 0x10ffff ? String.fromCodePoint(value) : String(value);
}

/** A value that is no number prints as its text: a log line with a wrong conversion is better than none. */
function toNumber(value: unknown): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return Number(value);
  return undefined;
}

const PREFIXES: Record<number, string> = { 8: "0o", 10: "", 16: "0x" };

function convertInteger(value: unknown, radix: number, flags: string, digits: number | undefined): string {
  const number = toNumber(value);
  if (number === undefined) return toText(value);
  if (typeof number === "number" && !Number.isFinite(number)) return special(number, flags);
  const whole = BigInt(typeof number === "number" ? Math.trunc(number) : number);
  const magnitude = (whole < 0n ? -whole : whole).toString(radix).padStart(Math.min(digits ?? 0, MAX_FIELD), "0");
  return sign(whole < 0n, flags) + (flags.includes("#") ? PREFIXES[radix] ?? "" : "") + magnitude;
}

function convertFloat(conversion: string, value: unknown, flags: string, digits: number | undefined): string {
  const number = toNumber(value);
  if (number === undefined) return toText(value);
  const float = Number(number);
  const upper = conversion === conversion.toUpperCase();
  if (!Number.isFinite(float)) {
    const text = special(float, flags);
    return upper ? text.toUpperCase() : text;
  }
  const negative = float < 0 || Object.is(float, -0);
  const text = floatDigits(conversion.toLowerCase(), Math.abs(float), Math.min(digits ?? 6, MAX_FRACTION_DIGITS));
  return sign(negative, flags) + (upper ? text.toUpperCase() : text);
}

/** Digits of a float that is not negative, by the conversion `e`, `f` or `g`. */
export function floatDigits(conversion: string, float: number, digits: number): string {
  if (conversion === "f") return fixed(float, digits);
  if (conversion === "e") return pythonExponent(exponential(float, digits));
  const significant = Math.max(1, digits);
  const [mantissa = "", power = ""] = exponential(float, significant - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= significant) return pythonExponent(`${dropZeros(mantissa)}e${power}`);
  return dropZeros(fixed(float, Math.min(significant - 1 - exponent, MAX_FRACTION_DIGITS)));
}

/** `toFixed`, but half goes to the even digit as in C and Python, and large numbers keep all their digits. */
function fixed(float: number, digits: number): string {
  // toFixed changes to exponent notation here; such numbers are integers.
  if (float >= 1e21) return digits === 0 ? BigInt(float).toString() : `${BigInt(float)}.${"0".repeat(digits)}`;
  const text = float.toFixed(digits);
  // A number halfway between two results is an odd number of halves of the last digit. The product is exact then.
  if (digits >= MAX_FRACTION_DIGITS || (float * 2 * 10 ** digits) % 2 !== 1) return text;
  const exact = float.toFixed(MAX_FRACTION_DIGITS);
  const cut = exact.length - MAX_FRACTION_DIGITS + digits;
  return /^50*$/.test(exact.slice(cut))
    ? toEven(text, digits === 0 ? exact.slice(0, cut - 1) : exact.slice(0, cut))
    : text;
}

/** `toExponential`, with half going to the even digit. */
function exponential(float: number, digits: number): string {
  const text = float.toExponential(digits);
  if (digits >= MAX_FRACTION_DIGITS) return text;
  const [exact = "", power = ""] = float.toExponential(MAX_FRACTION_DIGITS).split("e");
  const cut = 2 + digits;
  if (!/^50*$/.test(exact.slice(cut))) return text;
  return toEven(text, `${digits === 0 ? exact.slice(0, 1) : exact.slice(0, cut)}e${power}`);
}

/** Of the two results that are equally near, the one with an even last digit; `up` is the larger one. */
function toEven(up: string, down: string): string {
  return /^[^e]*[02468](?:e|$)/.test(down) ? down : up;
}

function dropZeros(text: string): string {
  return text.includes(".") ? text.replace(/0{1,100}$/, "").replace(/\.$/, "") : text;
}

/** Python's exponents have two digits at least. */
function pythonExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function special(number: number, flags: string): string {
  return Number.isNaN(number) ? sign(false, flags) + "nan" : sign(number < 0, flags) + "inf";
}

function sign(negative: boolean, flags: string): string {
  if (negative) return "-";
  if (flags.includes("+")) return "+";
  return flags.includes(" ") ? " " : "";
}

function pad(text: string, columns: number, left: boolean, flags: string, conversion: string): string {
  if (text.length >= columns) return text;
  if (left) return text.padEnd(columns);
  if (flags.includes("0") && !"srac".includes(conversion)) {
    const head = /^[-+ ]?(?:0[ox])?/i.exec(text)?.[0] ?? "";
    return head + text.slice(head.length).padStart(columns - head.length, "0");
  }
  return text.padStart(columns);
}

/**
 * Makes objects of a class show their class alone, in logs and in `console.log`. For objects from which the settings
 * can be reached, and with them the secret of the cookies.
 */
export function showClassOnly(prototype: object): void {
  const show = {
    configurable: true,
    writable: true,
    value(this: object): string {
      return `<${this.constructor.name} object>`;
    },
  };
  Object.defineProperties(prototype, { [Symbol.for("Deno.customInspect")]: show, toString: show });
}
