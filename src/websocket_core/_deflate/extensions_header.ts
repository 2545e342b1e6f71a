/** One element of a Sec-WebSocket-Extensions header. */
export interface Extension {
  /** Its name, as it was sent. */
  readonly name: string;
  /** Its parameters in their order, `null` for one without a value; a name may come twice. */
  readonly params: readonly (readonly [name: string, value: string | null])[];
}

/** Octets of a token (RFC 9110, section 5.6.2). */
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const WHOLE_TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const SPACE = /[ \t]*/y;
/** A string in quotes without the opening one (RFC 9110, section 5.6.4). */
const REST_OF_QUOTED = /((?:[^"\\]|\\[^])*)"/y;

/** Tells whether a text is a token. */
export function isToken(text: string): boolean {
  return WHOLE_TOKEN.test(text);
}

/** Parses a Sec-WebSocket-Extensions header (RFC 6455, section 9.1) in linear time; `null` if it is malformed. */
export function parseExtensions(header: string): Extension[] | null {
  const scanner = new Scanner(header);
  const extensions: Extension[] = [];
  for (;;) {
    // Empty elements are allowed in lists (RFC 9110, section 5.6.1.2).
    while (scanner.skip(",")) { /* The next one may be empty too. */ }
    if (scanner.ended) return extensions;
    const extension = parseExtension(scanner);
    if (extension === null) return null;
    extensions.push(extension);
    if (!scanner.ended && !scanner.skip(",")) return null;
  }
}

function parseExtension(scanner: Scanner): Extension | null {
  const name = scanner.token();
  if (name === null) return null;
  const params: [string, string | null][] = [];
  while (scanner.skip(";")) {
    const param = scanner.token();
    if (param === null) return null;
    let value: string | null = null;
    if (scanner.skip("=")) {
      value = scanner.skip('"') ? scanner.quoted() : scanner.token();
      if (value === null) return null;
    }
    params.push([param, value]);
  }
  return { name, params };
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#match(SPACE);
  }

  get ended(): boolean {
    return this.#at === this.#text.length;
  }

  /**
   * Takes a character and the space behind it, if it comes next. A quote is followed by what it quotes, spaces
   * included.
   */
  skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    if (character !== '"') this.#match(SPACE);
    return true;
  }

  token(): string | null {
    const token = this.#match(TOKEN);
    if (token === null) return null;
    this.#match(SPACE);
    return token[0];
  }

  /** The rest of a quoted string. What it says without the quotes has to be a token. */
  quoted(): string | null {
    const rest = this.#match(REST_OF_QUOTED);
    if (rest === null) return null;
    this.#match(SPACE);
    const value = rest[1].replace(/\\([^])/g, "$1");
    return isToken(value) ? value : null;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }
}

/** Writes one element of the header; values are those of permessage-deflate, which are tokens. */
export function formatExtension(extension: Extension): string {
  return [
    extension.name,
    ...extension.params.map(([name, value]) => value === null ? name : `${name}=${value}`),
  ].join("; ");
}
