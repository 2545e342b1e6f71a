import { MAX_EXPRESSION_LENGTH } from "../limits.ts";
import { LanguageSyntaxError } from "../language.ts";
import type { Import } from "./plan.ts";

/**
 * Parses `import a.b, c as d` and `from a import b as c, d`, which have no expressions and so are the same in every
 * language.
 */
export function parseImport(source: string): Import[] {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new LanguageSyntaxError(`an import may not be longer than ${MAX_EXPRESSION_LENGTH} characters`);
  }
  const tokens = source.match(/[\p{ID_Continue}$]+|[^\s]/gu) ?? [];
  const reader = new Tokens(tokens);
  const imports = reader.next() === "from" ? parseFrom(reader) : parseModules(reader);
  if (reader.next() !== undefined) throw new LanguageSyntaxError("expected a comma or the end of the import");
  return imports;
}

class Tokens {
  readonly #tokens: readonly string[];
  #index = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  next(): string | undefined {
    return this.#tokens[this.#index++];
  }

  accept(token: string): boolean {
    if (this.#tokens[this.#index] !== token) return false;
    this.#index++;
    return true;
  }

  name(): string {
    const token = this.next();
    if (token === undefined || !/^[\p{ID_Start}_$]/u.test(token)) throw new LanguageSyntaxError("expected a name");
    return token;
  }

  dottedName(): string {
    let name = this.name();
    while (this.accept(".")) name += `.${this.name()}`;
    return name;
  }
}

function parseModules(reader: Tokens): Import[] {
  const imports: Import[] = [];
  do {
    const module = reader.dottedName();
    const [top = module] = module.split(".");
    // Without a name of its own, `import a.b` binds `a`, through which `a.b` is reached.
    imports.push(
      reader.accept("as")
        ? { name: reader.name(), module, member: null, isTop: false }
        : { name: top, module, member: null, isTop: true },
    );
  } while (reader.accept(","));
  return imports;
}

function parseFrom(reader: Tokens): Import[] {
  const module = reader.dottedName();
  if (!reader.accept("import")) throw new LanguageSyntaxError("expected 'import'");
  const hasBrackets = reader.accept("(");
  const imports: Import[] = [];
  do {
    const member = reader.name();
    imports.push({ name: reader.accept("as") ? reader.name() : member, module, member, isTop: false });
  } while (reader.accept(","));
  if (hasBrackets && !reader.accept(")")) throw new LanguageSyntaxError("expected ')'");
  return imports;
}
