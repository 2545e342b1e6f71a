/** Where a tag begins. */
export interface Position {
  /** The line, from 1. */
  readonly line: number;
  /** The column, from 1. */
  readonly column: number;
  /** The distance from the start of the file. */
  readonly offset: number;
}

/** Something of the expression language, uncompiled, with where it stands. */
export interface Source {
  readonly text: string;
  /** The offset of `text` in the source of the template. */
  readonly offset: number;
  /** Where the tag around it begins. */
  readonly at: Position;
}

export interface TextNode {
  readonly kind: "text";
  readonly value: string;
}

/** `{{ x }}`, `{% raw x %}` and `{% module x %}`. */
export interface PrintNode {
  readonly kind: "print" | "raw" | "module";
  readonly source: Source;
}

/** `{% set x %}`, `{% import x %}` and `{% from x import y %}`. */
export interface StatementNode {
  readonly kind: "set" | "import";
  readonly source: Source;
}

export interface JumpNode {
  readonly kind: "break" | "continue";
  /** The text after the word, where nothing should stand. */
  readonly source: Source;
}

export interface IncludeNode {
  readonly kind: "include" | "extends";
  readonly name: string;
  readonly at: Position;
}

export interface ApplyNode {
  readonly kind: "apply";
  readonly source: Source;
  readonly body: readonly TemplateNode[];
}

export interface BlockNode {
  readonly kind: "block";
  readonly name: string;
  readonly body: readonly TemplateNode[];
  /** The file in which the block is written: its autoescape rules. */
  readonly file: TemplateFile;
  readonly at: Position;
}

/** One part of a control structure: `if`, `elif`, `except` ... and what follows up to the next part. */
export interface Clause {
  readonly keyword: string;
  readonly source: Source;
  readonly body: readonly TemplateNode[];
}

export interface ControlNode {
  readonly kind: "control";
  readonly clauses: readonly Clause[];
}

export type TemplateNode =
  | TextNode
  | PrintNode
  | StatementNode
  | JumpNode
  | IncludeNode
  | ApplyNode
  | BlockNode
  | ControlNode;

/** A template file and the tree that its source is parsed into. */
export class TemplateFile {
  readonly name: string;
  readonly text: string;
  /** Empty until the file is parsed. */
  readonly body: TemplateNode[] = [];
  /**
   * The name of the file's escaping function, or `null` for none. It is settled at the end of the file, since
   * `{% autoescape %}` holds for all of it, wherever it stands.
   */
  autoescape: string | null;

  constructor(name: string, text: string, autoescape: string | null) {
    this.name = name;
    this.text = text;
    this.autoescape = autoescape;
  }
}
