import { assertEquals, assertStringIncludes } from "@std/assert";
import { keepNamesOfClasses } from "../../tools/bundle_names.ts";
import { deno, projectRoot } from "../../tools/project.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const PROGRAM = `
import { Application, RequestHandler } from "./web.min.js";

class StoryHandler extends RequestHandler {
  get(id) {
    this.write({ id, handler: this.constructor.name, super: Object.getPrototypeOf(StoryHandler).name });
  }
}

// Nothing reloads it, as nothing reloads a compiled program.
const app = new Application([["/story/([0-9]+)", StoryHandler]], { autoreload: true });
const server = app.listen(0, { address: "127.0.0.1" });
const response = await fetch(\`http://127.0.0.1:\${server.port}/story/7\`);
console.log(response.status, await response.text());
server.stop();
await server.closeAllConnections();
`;

/** Prints the names of all classes that a bundle exports, beside the names of its exports. */
const NAMES = `
const module = await import(Deno.args[0]);
const isClass = (value) => typeof value === "function" && /^class/.test(Function.prototype.toString.call(value));
const classes = Object.entries(module).filter(([, value]) => isClass(value));
console.log(JSON.stringify(classes.map(([exported, { name }]) => [exported, name]).sort()));
`;

for (
  const [title, flags, files] of [
    ["files", [], ["web.js", "web.min.js"]],
    ["folders with --split", ["--split"], ["web/web.js", "web.min/web.min.js"]],
  ] as const
) {
  test(`deno task bundle writes ${title} that a program can import`, async () => {
    using dir = new TempDir();
    await deno(["run", "--lock=dev.lock", "--frozen", "-A", "tools/bundle.ts", `--out=${dir.path}`, ...flags]);
    const run = (program: string, ...args: string[]) =>
      deno(["run", "--no-config", "--no-lock", "-A", program, ...args], { cwd: dir.path });
    dir.write("names.js", NAMES);
    const names = await run("names.js", `${projectRoot}src/web/mod.ts`);
    assertStringIncludes(names, '["RequestHandler","RequestHandler"]');
    for (const [i, file] of files.entries()) {
      assertEquals(await run("names.js", `${dir.path}/${file}`), names);
      dir.write(`main${i}.js`, PROGRAM.replace("./web.min.js", `./${file}`));
      assertEquals(await run(`main${i}.js`), '200 {"id":"7","handler":"StoryHandler","super":"RequestHandler"}\n');
    }
  });
}

test("a bundle keeps the names of classes, and calls nothing to name functions", () => {
  const helper = 'var d=(a,b)=>c(a,"name",{value:b,configurable:!0});';
  const files = new Map([
    ["chunk-A.js", `var c=Object.defineProperty;${helper}export{d as a};`],
    [
      "main.js",
      'import{a as i}from"./chunk-A.js";function f(){let g=i(()=>1,"inner");return g()}i(f,"outer");' +
      'class A{static{i(this,"First")}}var B=class extends A{static{i(this,"Second")}static{B.made=f}};' +
      'class C{static{i(this,"C")}}export function say(i){i(f,"text");return i(()=>1,"text")}',
    ],
  ]);
  keepNamesOfClasses(files);
  assertEquals(
    files.get("main.js"),
    'import{a as i}from"./chunk-A.js";function f(){let g=(()=>1);return g()};' +
      'class A{};i(A,"First");var B=i(class extends A{static{B.made=f}},"Second");' +
      'class C{}export function say(i){i(f,"text");return i(()=>1,"text")}',
  );
  const one = new Map([["one.js", `${helper}function f(){}d(f,"g");class A{static{d(this,"First")}}`]]);
  keepNamesOfClasses(one);
  assertEquals(one.get("one.js"), `${helper}function f(){};class A{};d(A,"First");`);
});

test("a program that is bundled with the library into one file runs as itself", async () => {
  using dir = new TempDir();
  dir.write("main.ts", `import "file://${projectRoot}src/net/autoreload.ts";\nconsole.log("running");\n`);
  await deno(["bundle", "--quiet", "--no-lock", "-o", "one.js", "main.ts"], { cwd: dir.path });
  assertEquals(await deno(["run", "--no-config", "--no-lock", "one.js"], { cwd: dir.path }), "running\n");
});
