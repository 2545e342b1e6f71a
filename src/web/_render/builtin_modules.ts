import { linkify, type LinkifyOptions } from "../../util/escape.ts";
import { TemplateModule, UIModule } from "../ui_modules.ts";
import type { UIModuleClass } from "./ui_types.ts";

class Linkify extends UIModule {
  override render(text: string, options?: LinkifyOptions): string {
    return linkify(text, options);
  }
}

class XsrfFormHtml extends UIModule {
  override render(): string {
    return this.handler.xsrfFormHtml();
  }
}

export const builtinModules: Readonly<Record<string, UIModuleClass>> = {
  linkify: Linkify,
  xsrf_form_html: XsrfFormHtml,
  Template: TemplateModule,
};
