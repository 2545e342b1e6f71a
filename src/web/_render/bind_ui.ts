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
    ui[name] = withParams(method, (...args) => method(handler, ...args));
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
  // The tag marks a module, whose members are not the items of a dict, for templates of Python.
  return new Proxy({ __proto__: null, [Symbol.toStringTag]: "Modules" }, {
    has: (_, name) => name in modules,
    get: (_, name) => {
      if (typeof name !== "string") return undefined;
      const moduleClass = modules[name];
      if (moduleClass === undefined) throw new ReferenceError(`there is no UI module '${name}'`);
      return withParams(moduleClass, (...args) => {
        let module = active.get(name);
        if (module === undefined) active.set(name, module = makeModule(moduleClass, handler));
        return Reflect.apply(module.render, module, args);
      });
    },
  });
}

/** Passes on the names of the parameters, by which templates of Python place keyword arguments. */
function withParams(source: object, bound: Bound): Bound {
  return "params" in source ? Object.assign(bound, { params: source.params }) : bound;
}

function makeModule(moduleClass: UIModuleClass, handler: object): UIModuleInstance {
  // The constructor wants the class of the handler, which is beyond this file.
  return new moduleClass(handler as never);
}
