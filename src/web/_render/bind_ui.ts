import type { PageHandler } from "./page.ts";
import type { UIModuleClass, UIModuleInstance } from "./ui_types.ts";

type Bound = (...args: unknown[]) => unknown;

/** Binds the UI methods and modules of an application to a handler, for templates. */
export function bindUi(
  handler: PageHandler,
  active: Map<string, UIModuleInstance>,
): Record<string, unknown> {
  const { uiMethods, uiModules } = handler.application;
  const ui: Record<string, unknown> = {};
  for (const name of Object.keys(uiMethods)) {
    // No compiler sees both the method and the templates that call it.
    const method = uiMethods[name] as Bound;
    ui[name] = (...args: unknown[]) => method(handler, ...args);
  }
  ui._tt_modules = ui.modules = moduleNamespace(handler, uiModules, active);
  return ui;
}

/** Makes an object whose properties are the modules; each is bound on its first use. */
function moduleNamespace(
  handler: object,
  modules: Readonly<Record<string, UIModuleClass>>,
  active: Map<string, UIModuleInstance>,
): object {
  return new Proxy(Object.create(null), {
    has: (_, name) => name in modules,
    get: (_, name) => {
      if (typeof name !== "string") return undefined;
      const moduleClass = modules[name];
      if (moduleClass === undefined) throw new ReferenceError(`there is no UI module '${name}'`);
      return (...args: unknown[]) => {
        let module = active.get(name);
        if (module === undefined) active.set(name, module = makeModule(moduleClass, handler));
        return Reflect.apply(module.render, module, args);
      };
    },
  });
}

function makeModule(moduleClass: UIModuleClass, handler: object): UIModuleInstance {
  // The constructor wants the class of the handler, which is beyond this file.
  return new moduleClass(handler as never);
}
