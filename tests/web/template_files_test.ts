// The compiler of templates is loaded by applications that render files, and by no others.
import { assert, assertEquals } from "@std/assert";
import { deno, projectRoot } from "../../tools/project.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier: string }; readonly isDynamic?: boolean }[];
}

/** The modules that importing a file of `src` loads at once, relative to `src`. */
async function staticImports(file: string): Promise<Set<string>> {
  const root = `file://${projectRoot}src/`;
  const { modules }: { modules: Module[] } = JSON.parse(await deno(["info", "--json", `${projectRoot}src/${file}`]));
  const dependencies = new Map(modules.map((module) => [module.specifier, module.dependencies ?? []]));
  const found = new Set([root + file]);
  for (const specifier of found) {
    for (const { code, isDynamic } of dependencies.get(specifier) ?? []) {
      if (code !== undefined && isDynamic !== true) found.add(code.specifier);
    }
  }
  return new Set([...found].map((specifier) => specifier.replace(root, "")));
}

test("web: importing it does not load the compiler of templates", async () => {
  const isCompiler = (name: string) => /acorn|template\/(?:_compile|_parse|_javascript|mod\.ts)/.test(name);
  for (const entry of ["web/mod.ts", "websocket/mod.ts"]) {
    const modules = await staticImports(entry);
    assert(modules.has("template/internal.ts"), entry);
    assertEquals([...modules].filter(isCompiler), [], entry);
  }
  assert([...await staticImports("template/mod.ts")].some(isCompiler));
});

const PROGRAM = `
import { Application, RequestHandler, streamRequestBody } from "file://${projectRoot}src/web/mod.ts";

class Page extends RequestHandler {
  override get(): void {
    this.render("page.html", { at: this.request.path });
  }
}

@streamRequestBody
class Streaming extends Page {
  override prepare(): void {
    this.write(this.renderString("page.html", { at: "prepare" }));
  }
}

class Own extends Page {
  override getTemplatePath(): string {
    return Deno.args[0];
  }
}

class ErrorPage extends RequestHandler {
  override get(): void {
    throw new Error("on purpose");
  }
  override writeError(): void {
    this.finish(this.renderString("page.html", { at: "error" }));
  }
}

const rules = [["/page", Page], ["/streaming", Streaming], ["/own", Own], ["/error", ErrorPage]] as const;
const settings = { templatePath: Deno.args[0], logFunction() {} };
const ask = async (app: Application, path: string) => {
  const response = await app.fetch(new Request("http://localhost" + path));
  return response.status + " " + await response.text();
};
// All of them in the turn in which the applications are made.
const files = new Application(rules.map(([path, handler]) => [path, handler]), settings);
const own = new Application([["/own", Own]], { logFunction() {} });
const answers = [
  ...rules.map(([path]) => ask(files, path)),
  ask(own, "/own"),
];
console.log((await Promise.all(answers)).join("\\n"));
`;

test("templatePath: requests that come before the compiler is loaded wait for it", async () => {
  using dir = new TempDir();
  dir.write("templates/page.html", "[{{ at }}]");
  const program = dir.write("main.ts", PROGRAM);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // No permission but for the templates: the compiler is part of the program.
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      `--allow-read=${dir.path}/templates`,
      program,
      `${dir.path}/templates`,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const lines = text.decode(stdout).trim().split("\n");
  assertEquals(lines, ["200 [/page]", "200 [prepare][/streaming]", "200 [/own]", "500 [error]", "200 [/own]"]);
  assert(text.decode(stderr).includes("on purpose"));
  assertEquals(code, 0);
});
