import { strip } from "../internal/python.ts";
import { type Decoder, decoderFor } from "./_charset.ts";
import { readMo } from "./_mo_file.ts";
import { compilePluralRule, type PluralRule } from "./_plural_forms.ts";
import { TranslationFileError } from "./errors.ts";
import type { GettextTranslations } from "./gettext_locale.ts";

/**
 * Forms of one message. Languages have up to six; without a limit, a file of NUL bytes would have a form for each byte.
 */
const MAX_FORMS = 100;

/** Options of a {@linkcode GettextCatalog}. */
export interface GettextCatalogOptions {
  /**
   * Translations for messages that the file lacks, such as the catalogue of `pt` for that of `pt_BR`.
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
 * The messages of a `.mo` file as `msgfmt` writes it. Python's `gettext.GNUTranslations`.
 *
 * The file may be in either byte order. Its header names the character set and the plural rule; without a rule, that of
 * English applies. The catalogue does not keep the bytes.
 *
 * @example
 * ```ts
 * import { GettextCatalog } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * // One message, "yes", that translates to "ja".
 * const words = Uint32Array.from([0x950412de, 0, 1, 20, 28, 3, 36, 2, 40]);
 * const bytes = new Uint8Array([...new Uint8Array(words.buffer), ...new TextEncoder().encode("yes\0ja\0")]);
 * assertEquals(new GettextCatalog(bytes).gettext("yes"), "ja");
 * ```
 */
export class GettextCatalog implements GettextTranslations {
  readonly #tables: Tables;
  readonly #fallback: GettextTranslations | null;

  /**
   * Reads a file, or shares the messages of another catalogue.
   *
   * @param source The whole file, or a catalogue with the messages.
   * @throws {TranslationFileError} The bytes are not a `.mo` file, or its character set or plural rule is not valid.
   */
  constructor(source: Uint8Array | GettextCatalog, options: GettextCatalogOptions = {}) {
    const { fallback = null } = options;
    this.#tables = source instanceof GettextCatalog ? source.#tables : readTables(source);
    this.#fallback = fallback;
  }

  /** Character set that the file names; `null` if it names none, which means ASCII. */
  get charset(): string | null {
    return this.#tables.charset;
  }

  /** Header fields of the file, by name in lower case. */
  get info(): ReadonlyMap<string, string> {
    return this.#tables.info;
  }

  /**
   * Translates a message without a plural.
   *
   * @returns The translation, or that of the fallback, or the message itself.
   */
  gettext(message: string): string {
    return this.#tables.messages.get(message) ?? this.#fallback?.gettext(message) ?? message;
  }

  /**
   * Translates a message with a plural. The plural rule of the file chooses the form.
   *
   * @param count Number of things, which chooses the form.
   * @returns The translation, or that of the fallback, or else `singular` for 1 and `plural` for any other count.
   * @throws {RangeError} The plural rule divides by zero, or the count is not finite.
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
