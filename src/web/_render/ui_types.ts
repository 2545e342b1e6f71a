import type { Bytes } from "../../internal/bytes.ts";

/** A UI module, as a page uses it; `UIModule` implements it. */
export interface UIModuleInstance {
  /** Makes the HTML of one use. */
  render(...args: never[]): string | Bytes;
  /** Returns a script for the page. */
  embeddedJavascript(): string | null;
  /** Returns the script files for the page. */
  javascriptFiles(): string | Iterable<string> | null;
  /** Returns style rules for the page. */
  embeddedCss(): string | null;
  /** Returns the style sheets for the page. */
  cssFiles(): string | Iterable<string> | null;
  /** Returns HTML for the end of the head. */
  htmlHead(): string | null;
  /** Returns HTML for the end of the body. */
  htmlBody(): string | null;
}

/** A UI module class: a subclass of `UIModule` that is not abstract. */
export interface UIModuleClass {
  /** Makes the module of one request. */
  new (handler: never): UIModuleInstance;
}

/** An object with UI modules among its members, such as a JavaScript module. It has no classes of another kind. */
export interface UIModuleSource {
  /** A `UIModule` class, or any value that is not a class. */
  readonly [name: string]: { toString(): string; readonly prototype?: UIModuleInstance } | null | undefined;
}

/** A function for templates, which gets the handler and then the arguments of the template. */
export type UIMethod = (handler: never, ...args: never[]) => unknown;
