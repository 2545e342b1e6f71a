/*
 * A TypeDoc plugin. It names each module of the site by the sub-path that users import (`web`), not by the file that
 * holds it (`src/web/mod`); the names come from the option `entryNames`, which tools/docs.ts writes. It puts the members
 * of the great classes into categories, and leaves inherited copies out of the search.
 */
import { CATEGORIES } from "./docs_categories.ts";

// tools/docs.ts installs TypeDoc beside this file; for the compiler, the project does not depend on it.
const TYPEDOC = "typedoc";
const { Comment, CommentTag } = await import(TYPEDOC);

const MIXED = 6; // TypeDoc's ParameterType.Mixed

export function load(app) {
  app.options.addDeclaration({ name: "entryNames", help: "File to module name", type: MIXED, defaultValue: {} });
  // Names such as CHANGELOG.md and Socket.IO are not hosts.
  app.on("bootstrapEnd", () => {
    app.options.setValue("markdownItLoader", (parser) => parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false }));
  });
  // Comments name a parameter that a base class does not use without its underscore.
  app.converter.on("createSignature", (_context, { parameters = [] }) => {
    for (const parameter of parameters) parameter.name = parameter.name.replace(/^_+(?=[a-z])/, "");
  });
  app.converter.on("resolveBegin", (context) => {
    const names = app.options.getValue("entryNames");
    for (const module of context.project.children ?? []) {
      const name = names[module.sources?.[0]?.fullFileName];
      if (name === undefined) continue;
      module.name = name;
      module.comment ??= new Comment();
      module.comment.blockTags.push(category("Modules"));
    }
    for (const reflection of Object.values(context.project.reflections)) {
      const categories = Object.hasOwn(CATEGORIES, reflection.name) ? CATEGORIES[reflection.name] : undefined;
      if (categories !== undefined && (reflection.children?.length ?? 0) > 10) categorize(app, reflection, categories);
      if (reflection.inheritedFrom !== undefined && reflection.comment) unlink(reflection.comment);
    }
  });
  // "Defined in file:line" leads to the pages that tools/docs_sources.ts writes beside those of TypeDoc.
  app.converter.on("resolveEnd", (context) => {
    const root = app.options.getValue("basePath").replace(/\/?$/, "/");
    for (const reflection of Object.values(context.project.reflections)) {
      for (const source of [reflection, ...(reflection.signatures ?? [])].flatMap((r) => r.sources ?? [])) {
        const { fullFileName = "", line } = source;
        if (fullFileName.startsWith(root)) source.url = `source:${fullFileName.slice(root.length)}#L${line}`;
        else delete source.url;
      }
    }
  });
  app.renderer.on("prepareIndex", (event) => {
    for (let i = event.searchResults.length - 1; i >= 0; i--) {
      const { inheritedFrom, signatures = [] } = event.searchResults[i];
      if (inheritedFrom !== undefined || signatures.some((one) => one.inheritedFrom !== undefined)) {
        event.removeResult(i);
      }
    }
  });
}

function category(text) {
  return new CommentTag("@category", [{ kind: "text", text }]);
}

function categorize(app, reflection, categories) {
  for (const member of reflection.children) {
    const found = Object.entries(categories).find(([, names]) => names.includes(member.name));
    // What a subclass inherits has the categories of its own class.
    if (found === undefined && member.inheritedFrom === undefined) {
      app.logger.warn(`${reflection.name}.${member.name} has no category in tools/docs_categories.ts`);
    }
    const tag = category(found?.[0] ?? "Inherited");
    // Methods have their comments on their signatures, and accessors on that of the getter.
    const signatures = member.getNonIndexSignatures();
    for (const owner of signatures.length > 0 ? signatures : [member]) {
      owner.comment ??= new Comment();
      owner.comment.blockTags.push(tag);
    }
  }
}

/** Makes code of the links in an inherited comment: their names are those of the file that it comes from. */
function unlink(comment) {
  const plain = (part) => part.kind === "inline-tag" ? { kind: "code", text: `\`${part.text}\`` } : part;
  comment.summary = comment.summary.map(plain);
  for (const tag of comment.blockTags) tag.content = tag.content.map(plain);
}
