import type { BaseLoader } from "../../template/mod.ts";
import type { Application } from "../application.ts";
import type { PageHandler } from "./page.ts";

type LoadersByPath = Map<string | null, BaseLoader>;

/** By application and by the method that made them: two applications, or two classes, must not share a loader. */
const known = new WeakMap<Application, Map<PageHandler["createTemplateLoader"], LoadersByPath>>();

/** The loader of a handler's templates, made once for each path, and emptied once a request while developing. */
export function loaderOf(handler: PageHandler, emptied: Set<BaseLoader>): BaseLoader {
  const { application } = handler;
  const path = handler.getTemplatePath();
  const loaders = loadersOf(application, handler.createTemplateLoader);
  let loader = loaders.get(path);
  if (loader === undefined) loaders.set(path, loader = handler.createTemplateLoader(path));
  if (application.settings.compiledTemplateCache === false && !emptied.has(loader)) {
    emptied.add(loader);
    loader.reset();
  }
  return loader;
}

function loadersOf(application: Application, method: PageHandler["createTemplateLoader"]): LoadersByPath {
  let methods = known.get(application);
  if (methods === undefined) known.set(application, methods = new Map());
  let loaders = methods.get(method);
  if (loaders === undefined) methods.set(method, loaders = new Map());
  return loaders;
}
