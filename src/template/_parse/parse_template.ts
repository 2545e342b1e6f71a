import { isSpace, strip } from "../../internal/python.ts";
import { LoadError } from "../errors.ts";
import { sourceFrame } from "../_runtime/error_places.ts";
import { MAX_NESTING, MAX_NODES } from "../limits.ts";
import {
  type BlockNode,
  type Clause,
  type Position,
  type Source,
  TemplateFile,
  type TemplateNode,
} from "./syntax_tree.ts";
import { TemplateReader } from "./template_reader.ts";
import { filterWhitespace, type WhitespaceMode } from "../whitespace.ts";

/** The tags that a part such as `else` may stand directly in. */
const PARENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["else", ["for", "if", "try", "while"]],
  ["elif", ["if"]],
  ["except", ["try"]],
  ["finally", ["try"]],
]);

/** Rules at the start of a file, which its own tags may change. */
export interface FileRules {
  readonly autoescape: string | null;
  readonly whitespace: WhitespaceMode;
}

/** The parts of the tag that was just read. */
interface Tag {
  readonly at: Position;
  readonly keyword: string;
  /** What follows the keyword. */
  readonly source: Source;
  /** The keyword and what follows it. */
  readonly whole: Source;
}

/** Parses the tags of a template file. The expressions inside them are not parsed here. */
export function parseTemplate(name: string, text: string, rules: FileRules): TemplateFile {
  return new Parser(name, text, rules).file();
}

class Parser {
  readonly #reader: TemplateReader;
  readonly #file: TemplateFile;
  #whitespace: string;
  #nodes = 0;
  #depth = 0;

  constructor(name: string, text: string, rules: FileRules) {
    this.#reader = new TemplateReader(name, text);
    this.#whitespace = rules.whitespace;
    this.#file = new TemplateFile(name, text, rules.autoescape);
  }

  file(): TemplateFile {
    this.#content(this.#file.body, null, false);
    return this.#file;
  }

  /** Reads up to the end of the tag `inside`, or to one of its parts (`else` ...), which is returned. */
  #content(body: TemplateNode[], inside: string | null, inLoop: boolean): Tag | null {
    const reader = this.#reader;
    for (;;) {
      const brace = this.#nextBrace();
      if (brace < 0) {
        if (inside !== null) throw reader.error(`Missing {% end %} block for ${inside}`);
        this.#text(body, reader.consume());
        return null;
      }
      if (brace > 0) this.#text(body, reader.consume(brace));
      const at = reader.position;
      const opening = reader.consume(2);
      if (reader.peek() === "!") {
        reader.consume(1);
        this.#text(body, opening);
      } else if (opening === "{#") {
        this.#inside("#}", "Missing end comment #}", at);
      } else if (opening === "{{") {
        const source = this.#inside("}}", "Missing end expression }}", at);
        if (source.text === "") throw reader.error("Empty expression", at);
        this.#add(body, { kind: "print", source });
      } else {
        const tag = this.#tag(at);
        const parents = PARENTS.get(tag.keyword);
        if (parents !== undefined) {
          this.#checkParent(tag, parents, inside);
          return tag;
        }
        if (tag.keyword === "end") {
          if (inside === null) throw reader.error("Extra {% end %} block", at);
          return null;
        }
        this.#block(body, tag, inLoop);
      }
    }
  }

  /** The distance to the next tag, or -1. Of three or more braces, the innermost two count. */
  #nextBrace(): number {
    const reader = this.#reader;
    for (let brace = 0;; brace++) {
      brace = reader.find("{", brace);
      if (brace < 0 || brace + 1 === reader.remaining) return -1;
      const next = reader.peek(brace + 1);
      if (next === "{" ? reader.peek(brace + 2) !== "{" : next === "%" || next === "#") return brace;
    }
  }

  #tag(at: Position): Tag {
    const whole = this.#inside("%}", "Missing end block %}", at);
    if (whole.text === "") throw this.#reader.error("Empty block tag ({% %})", at);
    // Only a space ends the keyword, as in Tornado: a newline or tab there makes an unknown one.
    const space = whole.text.indexOf(" ");
    const keyword = space < 0 ? whole.text : whole.text.slice(0, space);
    const rest = space < 0 ? "" : whole.text.slice(space + 1);
    const offset = whole.offset + keyword.length + 1 + leadingSpace(rest);
    return { at, keyword, whole, source: { text: strip(rest), offset, at } };
  }

  /** What stands before the closing mark, which is consumed, too. */
  #inside(closing: string, missing: string, at: Position): Source {
    const reader = this.#reader;
    const length = reader.find(closing);
    if (length < 0) throw reader.error(missing, at);
    const start = reader.offset;
    const text = reader.consume(length);
    reader.consume(closing.length);
    return { text: strip(text), offset: start + leadingSpace(text), at };
  }

  #checkParent({ keyword, at }: Tag, parents: readonly string[], inside: string | null): void {
    if (inside === null) throw this.#reader.error(`${keyword} outside ${set(parents)} block`, at);
    if (!parents.includes(inside)) {
      throw this.#reader.error(`${keyword} block cannot be attached to ${inside} block`, at);
    }
  }

  #block(body: TemplateNode[], tag: Tag, inLoop: boolean): void {
    const { at, keyword, source } = tag;
    switch (keyword) {
      case "comment":
        return;
      case "extends":
      case "include": {
        const name = stripCharacter(stripCharacter(source.text, '"'), "'");
        if (name === "") throw this.#reader.error(`${keyword} missing file path`, at);
        return this.#add(body, { kind: keyword, name, at });
      }
      case "import":
      case "from":
        if (source.text === "") throw this.#reader.error("import missing statement", at);
        return this.#add(body, { kind: "import", source: tag.whole });
      case "set":
        if (source.text === "") throw this.#reader.error("set missing statement", at);
        return this.#add(body, { kind: "set", source });
      case "autoescape":
        this.#file.autoescape = source.text === "None" ? null : source.text;
        return;
      case "whitespace":
        this.#setWhitespace(source.text, at);
        return;
      case "raw":
      case "module":
        return this.#add(body, { kind: keyword, source });
      case "apply":
      case "block":
        return this.#named(body, keyword, tag, inLoop);
      case "try":
      case "if":
      case "for":
      case "while":
        return this.#control(body, tag, inLoop);
      case "break":
      case "continue":
        if (!inLoop) throw this.#reader.error(`${keyword} outside ${set(["for", "while"])} block`, at);
        return this.#add(body, { kind: keyword, source });
      default:
        throw this.#reader.error(`unknown operator: ${quote(keyword)}${adviceFor(keyword)}`, at);
    }
  }

  #named(body: TemplateNode[], keyword: "apply" | "block", { at, source }: Tag, inLoop: boolean): void {
    const inner: TemplateNode[] = [];
    // What is applied is a function of its own in Tornado: no way to break out of it.
    this.#nested(at, () => this.#content(inner, keyword, inLoop && keyword === "block"));
    if (source.text === "") {
      throw this.#reader.error(keyword === "apply" ? "apply missing method name" : "block missing name", at);
    }
    if (keyword === "apply") return this.#add(body, { kind: "apply", source, body: inner });
    const block: BlockNode = { kind: "block", name: source.text, body: inner, file: this.#file, at };
    this.#add(body, block);
  }

  #control(body: TemplateNode[], tag: Tag, inLoop: boolean): void {
    const { at, keyword } = tag;
    const loop = inLoop || keyword === "for" || keyword === "while";
    const clauses: Clause[] = [];
    this.#nested(at, () => {
      for (let part: Tag | null = tag; part !== null;) {
        const inner: TemplateNode[] = [];
        clauses.push({ keyword: part.keyword, source: part.source, body: inner });
        part = this.#content(inner, keyword, loop);
        // A hostile file of nothing but parts must count, too.
        this.#count(at);
      }
    });
    this.#add(body, { kind: "control", clauses });
  }

  #nested(at: Position, parse: () => void): void {
    if (++this.#depth > MAX_NESTING) throw this.#reader.error(`tags nested more than ${MAX_NESTING} deep`, at);
    parse();
    this.#depth--;
  }

  #setWhitespace(mode: string, at: Position): void {
    try {
      filterWhitespace(mode, "");
    } catch (error) {
      const { name, text } = this.#reader;
      const frame = sourceFrame(text, at.line, at.column);
      const message = error instanceof Error ? error.message : String(error);
      throw new LoadError(message, { filename: name, lineno: at.line, column: at.column, frame, cause: error });
    }
    this.#whitespace = mode;
  }

  #text(body: TemplateNode[], text: string): void {
    // Tornado's crude way to spare preformatted text: whatever stands in one piece with a bare <pre>.
    const value = text.includes("<pre>") ? text : filterWhitespace(this.#whitespace, text);
    if (value !== "") this.#add(body, { kind: "text", value });
  }

  #add(body: TemplateNode[], node: TemplateNode): void {
    this.#count();
    body.push(node);
  }

  #count(at?: Position): void {
    if (++this.#nodes > MAX_NODES) throw this.#reader.error(`more than ${MAX_NODES} tags and texts`, at);
  }
}

/** A set as Python prints it, except that its order is fixed. */
function set(words: readonly string[]): string {
  return `{${words.map(quote).join(", ")}}`;
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Says how Tornado writes a tag of other template languages, or a keyword with Python's colon. */
function adviceFor(keyword: string): string {
  if (/^end\w+$/.test(keyword)) return "; write {% end %}";
  if (/^els?e?if$/.test(keyword)) return "; write {% elif x %}";
  return /^(?:else|try|except|finally):$/.test(keyword) ? "; a tag has no colon at its end" : "";
}

/** Counts the white space at the start of a text. */
function leadingSpace(text: string): number {
  let count = 0;
  while (count < text.length && isSpace(text.charCodeAt(count))) count++;
  return count;
}

/** Removes one character from both ends of a text, as Python's `str.strip(character)`. */
function stripCharacter(text: string, character: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === character) start++;
  while (end > start && text[end - 1] === character) end--;
  return text.slice(start, end);
}
