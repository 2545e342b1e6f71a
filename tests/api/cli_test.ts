import { assertEquals, assertStringIncludes } from "@std/assert";
import { openapiCommand } from "../../src/api/cli.ts";
import { projectRoot } from "../../tools/project.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const HEAD = `import { numberFromText, TypedHandler } from "${projectRoot}src/api/mod.ts";
import { Application, authenticated, RequestHandler } from "${projectRoot}src/web/mod.ts";
const number = numberFromText();
`;

const DOUBLE = `${HEAD}
class Double extends TypedHandler({ get: { query: { n: number }, response: { 200: number } } }) { override get(): void {} }
export default new Application([["/double", Double]]);
void RequestHandler;
void authenticated;
`;

const GUARDED = `${HEAD}
class Guarded extends TypedHandler({ post: { body: number, response: { 200: number } } }) {
  @authenticated
  override post(): void {}
}
export default new Application([["/guarded", Guarded]]);
void RequestHandler;
`;

const UNDESCRIBED = `${HEAD}
const secret = { "~standard": { version: 1, vendor: "tests", validate: (value: unknown) => ({ value }) } } as const;
class Secret extends TypedHandler({ get: { query: { key: secret }, response: { 204: null } } }) { override get(): void {} }
export default new Application([["/secret", Secret]]);
void [RequestHandler, authenticated, number];
`;

const UNEXPRESSED = `${HEAD}
const jsonSchema = { input: () => { throw new Error("Dates have no JSON Schema"); }, output: () => ({}) };
const date = { "~standard": { ...number["~standard"], jsonSchema } };
class Dated extends TypedHandler({ get: { query: { since: date }, response: { 204: null } } }) { override get(): void {} }
export default new Application([["/dated", Dated]]);
void [RequestHandler, authenticated];
`;

/** Writes programs into a folder, whose names are their texts. */
async function write(dir: TempDir, programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(programs)) await Deno.writeTextFile(`${dir.path}/${name}.ts`, text);
}

test("openapiCommand() writes the document to the standard output, or to a file", async () => {
  using dir = new TempDir();
  await write(dir, { double: DOUBLE });
  const { code, stdout, stderr } = await openapiCommand([
    `${dir.path}/double.ts`,
    "--title=Numbers",
    "--version=2.1.0",
  ]);
  assertEquals([code, stderr], [0, ""]);
  const document: unknown = JSON.parse(stdout);
  assertEquals(Object.entries(Object(document)).slice(0, 2), [
    ["openapi", "3.1.1"],
    ["info", { title: "Numbers", version: "2.1.0" }],
  ]);
  assertEquals(Object.keys(Object(document).paths), ["/double"]);
  const file = `${dir.path}/openapi.json`;
  const args = [`--output=${file}`, `${dir.path}/double.ts`, "--title=Numbers", "--version=2.1.0"];
  assertEquals(await openapiCommand(args), { code: 0, stdout: "", stderr: "" });
  assertEquals(await Deno.readTextFile(file), stdout);
});

test("openapiCommand() takes the login of guarded methods, and a URL for the module", async () => {
  using dir = new TempDir();
  await write(dir, { guarded: GUARDED });
  const url = `file://${dir.path}/guarded.ts`;
  const { code, stdout } = await openapiCommand([url, '--login={"type":"http","scheme":"basic"}']);
  assertEquals(code, 0);
  const { components, paths } = Object(JSON.parse(stdout));
  assertEquals(components.securitySchemes, { login: { type: "http", scheme: "basic" } });
  assertEquals(paths["/guarded"].post.security, [{ login: [] }]);
});

test("openapiCommand() explains itself after a wrong call", async () => {
  for (
    const args of [[], ["--title=Numbers"], ["a.ts", "b.ts"], ["a.ts", "--titel=Numbers"], ["--help", "a.ts"], ["-"]]
  ) {
    const { code, stdout, stderr } = await openapiCommand(args);
    assertEquals([code, stdout, stderr.startsWith("Usage: ")], [2, "", true], args.join(" "));
  }
  const { code, stdout, stderr } = await openapiCommand(["--help"]);
  assertEquals([code, stdout.startsWith("Usage: "), stderr], [0, true, ""]);
});

test("openapiCommand() says why there is no document", async () => {
  using dir = new TempDir();
  await write(dir, {
    double: DOUBLE,
    guarded: GUARDED,
    undescribed: UNDESCRIBED,
    unexpressed: UNEXPRESSED,
    nothing: "export const app = 1;\n",
    wrong: "export default { openapi: true };\n",
    throws: 'throw new Error("no database");\n',
  });
  const rows: readonly (readonly [string, readonly string[], string])[] = [
    ["nothing", [], "its default export is not an Application"],
    ["wrong", [], "its default export is not an Application"],
    ["throws", [], "no database"],
    ["absent", [], "Module not found"],
    ["undescribed", [], "GET /secret, query.key: its schema, of tests, has no JSON Schema"],
    ["unexpressed", [], "query.since: its schema, of twister, cannot be expressed: Dates have no JSON Schema"],
    ["guarded", [], "POST /guarded: it is authenticated; say how users log in by the option login"],
    ["double", ["--login={"], "the option --login is not JSON"],
    ["double", [`--output=${dir.path}/absent/openapi.json`], "No such file or directory"],
  ];
  for (const [name, args, reason] of rows) {
    const path = `${dir.path}/${name}.ts`;
    const { code, stdout, stderr } = await openapiCommand([path, ...args]);
    assertEquals([code, stdout], [1, ""], name);
    assertStringIncludes(stderr, `Cannot describe ${path}: `);
    assertStringIncludes(stderr, reason);
    assertEquals(stderr.endsWith("\n"), true);
  }
});

test("the command ends with the status, and writes to both outputs", async () => {
  using dir = new TempDir();
  await write(dir, { double: DOUBLE });
  const run = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--no-lock", "--config", `${projectRoot}deno.json`, "src/api/cli.ts", ...args],
      cwd: projectRoot,
      env: { NO_COLOR: "1" },
    }).output();
  const described = await run(`${dir.path}/double.ts`);
  assertEquals([described.code, described.stderr.length], [0, 0]);
  assertEquals(Object(JSON.parse(new TextDecoder().decode(described.stdout))).openapi, "3.1.1");
  const refused = await run();
  assertEquals([refused.code, refused.stdout.length], [2, 0]);
  assertStringIncludes(new TextDecoder().decode(refused.stderr), "Usage: cli.ts MODULE");
});
