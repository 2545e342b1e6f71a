// Fields of forms, and whether what was typed into them will do.

/** One field of a form. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "long" | "email" | "password" | "number" | "date" | "choice";
  /** An empty field that is not required is `null` in the database. */
  readonly required?: boolean;
  /** The smallest number, or the fewest characters. */
  readonly min?: number;
  /** The greatest number, or the most characters. */
  readonly max?: number;
  readonly choices?: readonly string[];
}

export type Value = string | number | null;

/** A form that came back, by the names of its fields. */
export interface Form {
  /** What was typed, to be shown again; passwords never are. */
  readonly typed: Readonly<Record<string, string>>;
  /** What it means; of use only without errors. */
  readonly values: Readonly<Record<string, Value>>;
  readonly errors: Readonly<Record<string, string>>;
}

/** What a field takes that sets no limit of its own. */
const MAX_LENGTH = 300;

/** Checks each field of a form. */
export function checkForm(fields: readonly Field[], read: (field: Field) => string): Form {
  const typed: Record<string, string> = {};
  const values: Record<string, Value> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    // Browsers send the lines of a textarea with CRLF.
    const text = read(field).replaceAll("\r\n", "\n");
    const error = fault(field, text);
    if (error !== null) errors[field.name] = error;
    if (field.kind !== "password") typed[field.name] = text;
    values[field.name] = text === "" ? null : field.kind === "number" ? Number(text) : text;
  }
  return { typed, values, errors };
}

/** The form that shows a record. */
export function formOf(fields: readonly Field[], values: Readonly<Record<string, Value>>): Form {
  const typed = Object.fromEntries(fields.map(({ name }) => [name, String(values[name] ?? "")]));
  return { typed, values, errors: {} };
}

/** A form with one more error. */
export function withError(form: Form, name: string, error: string): Form {
  return { ...form, errors: { ...form.errors, [name]: error } };
}

function fault(field: Field, text: string): string | null {
  if (text === "") return field.required === true ? "This is needed." : null;
  switch (field.kind) {
    case "number":
      return numberFault(field, text);
    case "date":
      return isDate(text) ? null : "A date is needed, such as 2026-12-31.";
    case "choice":
      return field.choices?.includes(text) === true ? null : "Choose one of the list.";
    case "email":
      return /^[^@\s]{1,64}@[^@\s]{1,255}$/.test(text) ? null : "This is no e-mail address.";
    default:
      return lengthFault(field, text);
  }
}

function lengthFault({ min = 0, max = MAX_LENGTH }: Field, text: string): string | null {
  if (text.length > max) return `At most ${max} characters will do.`;
  return text.length < min ? `At least ${min} characters are needed.` : null;
}

function numberFault({ min = 0, max = Number.MAX_SAFE_INTEGER }: Field, text: string): string | null {
  const number = Number(text);
  if (/^-?[0-9]{1,16}$/.test(text) && number >= min && number <= max) return null;
  return `A whole number from ${min} to ${max} is needed.`;
}

function isDate(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // The thirtieth of February is understood as a day of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
