import type { Locale } from "../../locale/mod.ts";
import { RenderError } from "../../template/internal.ts";
import type { BaseLoader, CompiledTemplate } from "../../template/mod.ts";
import { Finish, HTTPError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";
import { withAssets } from "./assets.ts";
import { loaderOf } from "./loaders.ts";
import { withPageScript } from "./page_scripts.ts";
import { bindUi } from "./bind_ui.ts";
import type { UIModuleInstance } from "./ui_types.ts";

export type PageHandler = Pick<
  RequestHandler,
  | "application"
  | "createTemplateLoader"
  | "getTemplateNamespace"
  | "getTemplatePath"
  | "renderEmbedCss"
  | "renderEmbedJs"
  | "renderLinkedCss"
  | "renderLinkedJs"
>;

type Namespace = Readonly<Record<string, unknown>>;

export class Page {
  /** The locale, once it is known. */
  locale: Locale | null = null;
  readonly #handler: PageHandler;
  /** The modules in use by name, in the order of their first use. */
  readonly #modules: Map<string, UIModuleInstance> = new Map();
  /** The loaders that have been emptied for this request, while developing. */
  readonly #emptied: Set<BaseLoader> = new Set();
  #ui: Namespace | null = null;

  constructor(handler: PageHandler) {
    this.#handler = handler;
  }

  /** The UI methods and modules that templates find. */
  get ui(): Namespace {
    return this.#ui ??= bindUi(this.#handler, this.#modules);
  }

  template(name: string): CompiledTemplate {
    return loaderOf(this.#handler, this.#emptied).load(name);
  }

  render(templateName: string, namespace: Namespace): string {
    const template = this.template(templateName);
    try {
      return template.generate({ ...this.#handler.getTemplateNamespace(), ...namespace });
    } catch (error) {
      throw answerIn(error);
    }
  }

  async renderAsync(templateName: string, namespace: Namespace): Promise<string> {
    const template = this.template(templateName);
    try {
      return await template.generateAsync({ ...this.#handler.getTemplateNamespace(), ...namespace });
    } catch (error) {
      throw answerIn(error);
    }
  }

  /** Puts what the UI modules in use need into a page, and the script of the application. */
  complete(html: string): string {
    const page = this.#modules.size === 0 ? html : withAssets(html, this.#modules.values(), this.#handler);
    return withPageScript(page, this.#handler.application);
  }
}

/** Returns the `HTTPError` or `Finish` that a template threw to end the request; any other error unchanged. */
export function answerIn(error: unknown): unknown {
  const isAnswer = error instanceof RenderError && (error.cause instanceof HTTPError || error.cause instanceof Finish);
  return isAnswer ? error.cause : error;
}
