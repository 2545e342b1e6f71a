import type { UIModule } from "../ui_modules.ts";

/** A UI module, as a page uses it. */
export type UIModuleInstance = Pick<
  UIModule,
  "cssFiles" | "embeddedCss" | "embeddedJavascript" | "htmlBody" | "htmlHead" | "javascriptFiles" | "render"
>;

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
