// Builds the API site with TypeDoc: `deno run -A tools/docs.ts [--out=FOLDER]`, by default into docs/api.
//
// TypeDoc runs the TypeScript compiler, which knows neither Deno's globals nor `npm:` and `node:` specifiers. It gets
// the globals from `deno types` and takes modules behind those specifiers on trust: `deno check` has judged the code.
import config from "../deno.json" with { type: "json" };
import { CATEGORIES } from "./docs_categories.ts";
import { deadLinks } from "./docs_links.ts";
import { GUIDE, writeGuide } from "./docs_guide.ts";
import { missingWords, WORDS } from "./docs_search.ts";
import { linkSources } from "./docs_sources.ts";
import { deno, entries, projectRoot } from "./project.ts";

const PACKAGES = { typedoc: "0.28.20", typescript: "5.9.3", lunr: "2.3.9" };

const out = Deno.args.find((arg) => arg.startsWith("--out="))?.slice("--out=".length) ?? `${projectRoot}docs/api`;

const work = await Deno.makeTempDir({ prefix: "twister-docs-" });
try {
  await Deno.writeTextFile(`${work}/package.json`, JSON.stringify({ dependencies: PACKAGES }));
  await deno(["install", "--quiet"], { cwd: work });

  const globals = (await deno(["types"]))
    // The pieces that these lines refer to are all in the one output.
    .replaceAll(/^\/\/\/ <reference (no-default-lib|lib="(deno\.|node)).*$/gm, "");
  await Deno.writeTextFile(
    `${work}/globals.d.ts`,
    `${globals}\ndeclare module "npm:*";\ndeclare module "node:*";\n`,
  );
  // The root entry comes last: a symbol's page belongs to the first entry that exports it.
  const names = Object.keys(entries).sort((a, b) => b.length - a.length);
  const files = names.map((name) => `${projectRoot}${entries[name]!.slice("./".length)}`);
  await Deno.writeTextFile(
    `${work}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: {
        target: "esnext",
        module: "preserve",
        moduleResolution: "bundler",
        lib: ["esnext"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        allowImportingTsExtensions: true,
        noEmit: true,
        skipLibCheck: true,
      },
      files: [`${work}/globals.d.ts`, ...files],
    }),
  );
  const guide = await writeGuide(work);
  // The plugin imports TypeDoc, which is there.
  for (const file of ["typedoc_plugin.js", "docs_categories.ts"]) {
    await Deno.copyFile(`${projectRoot}tools/${file}`, `${work}/${file}`);
  }
  await Deno.writeTextFile(
    `${work}/typedoc.json`,
    JSON.stringify({
      name: `Twister ${config.version}`,
      entryPoints: files,
      entryNames: Object.fromEntries(
        names.map((name, i) => [files[i], name === "." ? "twister" : name.slice("./".length)]),
      ),
      plugin: [`${work}/typedoc_plugin.js`],
      tsconfig: `${work}/tsconfig.json`,
      basePath: projectRoot,
      readme: `${work}/README.md`,
      projectDocuments: guide,
      favicon: `${projectRoot}examples/shared/icon.svg`,
      categorizeByGroup: false,
      categoryOrder: [
        ...Object.keys(GUIDE),
        "Modules",
        ...Object.values(CATEGORIES).flatMap((categories) => Object.keys(categories)).filter((name) =>
          name !== "Other"
        ),
        "*",
        "Other",
        "Inherited",
      ],
      customCss: `${projectRoot}tools/docs.css`,
      navigation: { includeCategories: true, includeGroups: false },
      searchInComments: true,
      searchInDocuments: true,
      highlightLanguages: [
        ...["bash", "console", "css", "dockerfile", "html", "ini", "javascript", "json", "jsonc", "nginx", "python"],
        ...["typescript", "yaml"],
      ],
      // Of ten results that are shown, some are pages of the guide, also for words that many members have.
      searchGroupBoosts: { Documents: 160 },
      // The pages of the guide stay in their order.
      sort: ["kind", "instance-first", "alphabetical-ignoring-documents"],
      out,
      disableGit: true,
      sourceLinkTemplate: "{path}:{line}",
      excludePrivate: true,
      excludeInternal: true,
      skipErrorChecking: true,
      validation: { notExported: false, invalidLink: true, invalidPath: false },
      treatWarningsAsErrors: Deno.args.includes("--strict"),
    }),
  );
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${work}/node_modules/typedoc/bin/typedoc`, "--options", `${work}/typedoc.json`],
    cwd: work,
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
  console.log(`${await linkSources(out)} files of sources`);
  const dead = deadLinks(out);
  if (dead.length > 0) {
    console.error(`Links of the site that lead nowhere:\n${dead.join("\n")}`);
    Deno.exit(1);
  }
  const missing = await missingWords(`${out}/assets`, work);
  console.log(`${guide.length} pages of the guide; ${WORDS.length} words looked up`);
  if (missing.length > 0) {
    console.error(`The search shows nothing of use for: ${missing.join(", ")}`);
    Deno.exit(1);
  }
} finally {
  await Deno.remove(work, { recursive: true });
}
