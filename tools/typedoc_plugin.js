/*
 * A TypeDoc plugin that names each module of the site by the sub-path that users import (`web`), not by the file
 * that holds it (`src/web/mod`). The names come from the option `entryNames`, which tools/docs.ts writes.
 */
const MIXED = 6; // TypeDoc's ParameterType.Mixed

export function load(app) {
  app.options.addDeclaration({ name: "entryNames", help: "File to module name", type: MIXED, defaultValue: {} });
  app.converter.on("resolveBegin", (context) => {
    const names = app.options.getValue("entryNames");
    for (const module of context.project.children ?? []) {
      const name = names[module.sources?.[0]?.fullFileName];
      if (name !== undefined) module.name = name;
    }
  });
  // "Defined in file:line" stays text: there is no one address under which every reader has the sources.
  app.converter.on("resolveEnd", (context) => {
    for (const reflection of Object.values(context.project.reflections)) {
      for (const source of [reflection, ...(reflection.signatures ?? [])].flatMap((r) => r.sources ?? [])) {
        delete source.url;
      }
    }
  });
}
