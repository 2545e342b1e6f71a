import { assertEquals, assertStringIncludes } from "@std/assert";
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

const server = new Application([["/story/([0-9]+)", StoryHandler]]).listen(0, { address: "127.0.0.1" });
const response = await fetch(\`http://127.0.0.1:\${server.port}/story/7\`);
console.log(response.status, await response.text());
server.stop();
await server.closeAllConnections();
`;

test("deno task bundle writes files that a program can import", async () => {
  using dir = new TempDir();
  const report = await deno(["run", "--lock=dev.lock", "--frozen", "-A", "tools/bundle.ts", `--out=${dir.path}`]);
  assertStringIncludes(report, "web.js: ");
  dir.write("main.js", PROGRAM);
  const printed = await deno(["run", "--no-config", "--no-lock", "-A", "main.js"], { cwd: dir.path });
  assertEquals(printed, '200 {"id":"7","handler":"StoryHandler","super":"RequestHandler"}\n');
}, { deadline: 120 });

test("a program that is bundled with the library into one file runs as itself", async () => {
  using dir = new TempDir();
  dir.write("main.ts", `import "file://${projectRoot}src/net/autoreload.ts";\nconsole.log("running");\n`);
  await deno(["bundle", "--quiet", "--no-lock", "-o", "one.js", "main.ts"], { cwd: dir.path });
  assertEquals(await deno(["run", "--no-config", "--no-lock", "one.js"], { cwd: dir.path }), "running\n");
}, { deadline: 120 });
