import type { Locale } from "../../locale/mod.ts";
import type { BaseLoader } from "../../template/mod.ts";
import type { UIModuleInstance } from "./ui_types.ts";

/** What a handler that renders a page keeps for it. */
export class PageState {
  /** The locale, once it is known. */
  locale: Locale | null = null;
  /** What templates find of UI methods and modules. */
  ui: Readonly<Record<string, unknown>> | null = null;
  /** The modules in use by name, in the order of their first use. */
  readonly modules: Map<string, UIModuleInstance> = new Map();
  /** The loaders that have been emptied for this request, while developing. */
  readonly emptied: Set<BaseLoader> = new Set();
}
