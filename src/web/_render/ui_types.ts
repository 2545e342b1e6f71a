import type { Bytes } from "../../internal/bytes.ts";

/** What a page asks of a UI module; `UIModule` has all of it. */
export interface UIModuleInstance {
  /** The HTML of one use. */
  render(...args: never[]): string | Bytes;
  /** A script for the page. */
  embeddedJavascript(): string | null;
  /** Files of scripts for the page. */
  javascriptFiles(): string | Iterable<string> | null;
  /** Style rules for the page. */
  embeddedCss(): string | null;
  /** Style sheets for the page. */
  cssFiles(): string | Iterable<string> | null;
  /** HTML for the end of the head. */
  htmlHead(): string | null;
  /** HTML for the end of the body. */
  htmlBody(): string | null;
}

/** A class of UI modules: a subclass of `UIModule` that is not abstract. */
export interface UIModuleClass {
  /** Makes the module of one request. */
  new (handler: never): UIModuleInstance;
}

/** A function for templates, which gets the handler before the arguments that the template gives. */
export type UIMethod = (handler: never, ...args: never[]) => unknown;
