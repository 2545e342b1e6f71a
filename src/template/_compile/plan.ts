import type { Fragment } from "../language.ts";
import type { TemplateFile } from "../_parse/syntax_tree.ts";
import type { ProgramPlace } from "../_runtime/program.ts";

/** Names in a function of generated code: that of the template, or that of an `apply`. */
export interface Variables {
  readonly assigned: Set<string>;
  readonly used: Set<string>;
}

/** The code of one `{% autoescape f %}`. */
export interface Escaping {
  /** The name as it is written. */
  readonly source: string;
  readonly fragment: Fragment;
}

export interface PrintOp {
  readonly op: "print";
  readonly place: number;
  readonly value: Fragment;
  /** `null` for raw output. */
  readonly escape: Escaping | null;
}

/** One name that an import binds. */
export interface Import {
  readonly name: string;
  readonly module: string;
  /** The member taken out of the module; `null` for the module itself. */
  readonly member: string | null;
  /** True if the name stands for the first part of the module's name, through which the module is reached. */
  readonly isTop: boolean;
}

export interface ApplyOp {
  readonly op: "apply";
  readonly place: number;
  readonly source: string;
  readonly callable: Fragment;
  readonly variables: Variables;
  readonly body: readonly Op[];
}

export interface Branch {
  readonly place: number;
  readonly test: Fragment;
  readonly body: readonly Op[];
}

export interface Handler {
  readonly place: number;
  readonly test: Fragment | null;
  readonly name: string | null;
  readonly body: readonly Op[];
}

export interface ForOp {
  readonly op: "for";
  readonly place: number;
  readonly iterable: Fragment;
  readonly target: Fragment;
  readonly body: readonly Op[];
  /** Operations that run if the loop ends without a break. */
  readonly otherwise: readonly Op[] | null;
}

export interface WhileOp {
  readonly op: "while";
  readonly place: number;
  readonly test: Fragment;
  readonly body: readonly Op[];
  readonly otherwise: readonly Op[] | null;
}

export interface TryOp {
  readonly op: "try";
  readonly body: readonly Op[];
  /** The variable that the handlers' tests know the error by. */
  readonly error: string;
  readonly handlers: readonly Handler[];
  readonly otherwise: readonly Op[] | null;
  readonly last: readonly Op[] | null;
}

/** One step of rendering. The contents of includes and blocks are already in their places. */
export type Op =
  | { readonly op: "text"; readonly value: string }
  | PrintOp
  | { readonly op: "run"; readonly place: number; readonly statement: Fragment }
  | { readonly op: "import"; readonly place: number; readonly imports: readonly Import[] }
  | { readonly op: "break" | "continue" }
  | { readonly op: "if"; readonly branches: readonly Branch[]; readonly otherwise: readonly Op[] | null }
  | ApplyOp
  | ForOp
  | WhileOp
  | TryOp;

/** Everything that generating the code of a template needs. */
export interface Plan {
  readonly body: readonly Op[];
  readonly variables: Variables;
  /** Every name that is assigned anywhere. */
  readonly assigned: ReadonlySet<string>;
  readonly isAsync: boolean;
  readonly files: readonly TemplateFile[];
  readonly places: readonly ProgramPlace[];
  /** Every fragment with the number of its place, in the order of the template. */
  readonly fragments: readonly (readonly [place: number, fragment: Fragment])[];
}
