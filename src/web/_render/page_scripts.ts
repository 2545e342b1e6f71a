import type { Application } from "../application.ts";

/** By application, a function that makes the HTML that each rendered page gets at its end. */
const scripts = new WeakMap<Application, () => string>();

/** Sets the function that makes the HTML that each page of an application gets at the end of its body. */
export function setPageScript(application: Application, html: () => string): void {
  scripts.set(application, html);
}

/** Adds the script of the application to a page, if there is one and the page has a body. */
export function withPageScript(html: string, application: Application): string {
  const script = scripts.get(application);
  const end = script === undefined ? -1 : html.lastIndexOf("</body>");
  return end < 0 ? html : `${html.slice(0, end)}${script?.()}\n${html.slice(end)}`;
}
