import { strip } from "../internal/python.ts";
import { type Decoder, decoderFor } from "./_charset.ts";
import { readMo } from "./_mo_file.ts";
import { compilePluralRule, type PluralRule } from "./_plural_forms.ts";
import { TranslationFileError } from "./errors.ts";
import type { GettextTranslations } from "./gettext_locale.ts";

/** Forms of one message. Languages have up to six; a file of NUL bytes would have a form for each of them. */
const MAX_FORMS = 100;

/** What {@linkcode GettextCatalog} may be given besides the file. */
export interface GettextCatalogOptions {
  /**
   * Where to look for messages that the file has not, such as the catalogue of `pt` for that of `pt_BR`.
   *
   * @default {null}
   */
  fallback?: GettextTranslations | null;
}

/** What is read from a file once and shared by every catalogue with the same messages. */
interface Tables {
  /** Messages without a plural. */
  readonly messages: Map<string, string>;
  /** Messages with a plural: the forms, with gaps where a file has entries for the same message twice. */
  readonly plurals: Map<string, (string | undefined)[]>;
  readonly info: Map<string, string>;
  charset: string | null;
  rule: PluralRule;
}

/**
 * The messages of one `.mo` file, as `msgfmt` writes them: what `gettext.GNUTranslations` is in Python.
 *
 * Both byte orders are read, in the character set that the header of the file names, with the plural rule that it gives (else that
 * of English). The bytes are not kept.
 *
 * @example
 * ```ts
 * import { GettextCatalog } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * // One message, "yes", that translates to "ja".
 * const words = [0x950412de, 0, 1, 20, 28, 3, 36, 2, 40];
 * const bytes = new Uint8Array([...new Uint8Array(Uint32Array.from(words).buffer), ...new TextEncoder().encode("yes\0ja\0")]);
 * assertEquals(new GettextCatalog(bytes).gettext("yes"), "ja");
 * ```
 */
export class GettextCatalog implements GettextTranslations {
  readonly #tables: Tables;
  readonly #fallback: GettextTranslations | null;

  /**
   * Reads a file, or takes the messages of another catalogue.
   *
   * @param source The whole file, or a catalogue to share the messages of.
   * @param options What to do about messages that are not there.
   * @throws {TranslationFileError} If it is no `.mo` file, is corrupt, is in an unknown character set, or has a plural rule
   *   that is no such rule.
   */
  constructor(source: Uint8Array | GettextCatalog, options: GettextCatalogOptions = {}) {
    const { fallback = null } = options;
    this.#tables = source instanceof GettextCatalog ? source.#tables : readTables(source);
    this.#fallback = fallback;
  }

  /** The character set that the file names, or `null` if it names none and has to be ASCII. */
  get charset(): string | null {
    return this.#tables.charset;
  }

  /** The header of the file by its field names in lower case. */
  get info(): ReadonlyMap<string, string> {
    return this.#tables.info;
  }

  /**
   * Gives the translation of a message without a plural.
   *
   * @param message The message.
   * @returns Its translation, or that of the fallback, or the message.
   */
  gettext(message: string): string {
    return this.#tables.messages.get(message) ?? this.#fallback?.gettext(message) ?? message;
  }

  /**
   * Gives the form of a translation that belongs to a count.
   *
   * @param singular The message.
   * @param plural Its plural, returned for any count but 1 where there is no translation.
   * @param count How many.
   * @returns The form that the plural rule chooses, or that of the fallback, or `singular` or `plural`.
   * @throws {RangeError} If the plural rule divides by zero, or the count is not finite.
   */
  ngettext(singular: string, plural: string, count: number): string {
    const form = this.#tables.plurals.get(singular)?.[this.#tables.rule(count)];
    if (form !== undefined) return form;
    if (this.#fallback !== null) return this.#fallback.ngettext(singular, plural, count);
    return count === 1 ? singular : plural;
  }
}

function readTables(bytes: Uint8Array): Tables {
  const tables: Tables = {
    messages: new Map(),
    plurals: new Map(),
    info: new Map(),
    charset: null,
    rule: (n) => n === 1 ? 0 : 1,
  };
  let decode = decoderFor("ascii");
  for (const { id, text } of readMo(bytes)) {
    if (id.length === 0) {
      readHeader(tables, text);
      if (tables.charset !== null) decode = decoderFor(tables.charset);
    }
    addMessage(tables, id, text, decode);
  }
  return tables;
}

function addMessage(tables: Tables, id: Uint8Array, text: Uint8Array, decode: Decoder): void {
  // Split as bytes: in some character sets a NUL byte may be half of a character, but here it always separates.
  const separator = id.indexOf(0);
  if (separator < 0) {
    tables.messages.set(decode(id), decode(text));
    return;
  }
  if (id.includes(0, separator + 1)) {
    throw new TranslationFileError("file is corrupt: a message has more than one plural");
  }
  const singular = decode(id.subarray(0, separator));
  const forms = tables.plurals.get(singular) ?? [];
  splitForms(text).forEach((form, index) => forms[index] = decode(form));
  tables.plurals.set(singular, forms);
}

function splitForms(text: Uint8Array): Uint8Array[] {
  const forms: Uint8Array[] = [];
  let start = 0;
  for (let end = 0; end >= 0; start = end + 1) {
    if (forms.length === MAX_FORMS) {
      throw new TranslationFileError(`file is corrupt: a message has more than ${MAX_FORMS} plural forms`);
    }
    end = text.indexOf(0, start);
    forms.push(text.subarray(start, end < 0 ? text.length : end));
  }
  return forms;
}

/** Takes the fields of a header, the translation of the empty message, into the tables. */
function readHeader(tables: Tables, bytes: Uint8Array): void {
  // Read leniently: the character set of the header is known only afterwards, and its field names are ASCII.
  const header = new TextDecoder().decode(bytes);
  let last: string | null = null;
  for (const raw of header.split("\n")) {
    const line = strip(raw);
    // msgcat marks headers it could not merge with such a line.
    if (line === "" || (line.startsWith("#-#-#-#-#") && line.endsWith("#-#-#-#-#"))) continue;
    const colon = line.indexOf(":");
    if (colon < 0) {
      if (last !== null) tables.info.set(last, `${tables.info.get(last) ?? ""}\n${line}`);
      continue;
    }
    last = strip(line.slice(0, colon)).toLowerCase();
    const value = strip(line.slice(colon + 1));
    tables.info.set(last, value);
    if (last === "content-type") tables.charset = charsetOf(value);
    else if (last === "plural-forms") tables.rule = pluralRuleOf(value);
  }
}

function charsetOf(contentType: string): string {
  const charset = contentType.split("charset=")[1];
  if (charset === undefined) {
    throw new TranslationFileError(`Content-Type names no character set: ${JSON.stringify(contentType)}`);
  }
  return charset;
}

function pluralRuleOf(pluralForms: string): PluralRule {
  const expression = pluralForms.split(";")[1]?.split("plural=")[1];
  if (expression === undefined) {
    throw new TranslationFileError(`Plural-Forms has no expression: ${JSON.stringify(pluralForms)}`);
  }
  try {
    return compilePluralRule(expression);
  } catch (cause) {
    throw new TranslationFileError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
