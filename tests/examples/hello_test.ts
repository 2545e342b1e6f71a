import { assertEquals, assertMatch } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { startProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

test("the first app of README.md is ten lines that answer and end well", async () => {
  const readme = await Deno.readTextFile(`${projectRoot}/README.md`);
  const shown = readme.match(/## A first app\n\n```ts ignore\n(.*?)```/s)?.[1] ?? "";
  assertEquals(shown.split("\n").length - 1, 10);
  using dir = new TempDir();
  const program = shown.replace("@twister/twister/web", `file://${projectRoot}/src/web/mod.ts`)
    .replace(".listen(8888)", ".listen(0)");
  await Deno.writeTextFile(`${dir.path}/hello.ts`, `${program}console.log(\`http://localhost:\${server.port}/\`);\n`);
  await using running = await startProgram(`${dir.path}/hello.ts`);
  for (const [path, text] of [["/", "Hello, world"], ["/Ada", "Hello, Ada"]]) {
    assertEquals(await (await fetch(running.address + path)).text(), text);
  }
  assertEquals(await running.interrupt(), 0);
});

test("examples/hello.ts answers with text, with JSON and with Tornado's headers", async () => {
  await using program = await startProgram("examples/hello.ts");
  const hello = await fetch(`${program.address}/`);
  assertEquals([hello.status, await hello.text()], [200, "Hello, world"]);
  assertEquals(hello.headers.get("content-type"), "text/html; charset=UTF-8");
  assertEquals(hello.headers.get("etag"), '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"');
  assertMatch(hello.headers.get("server") ?? "", /^Twister/);

  const greeting = await fetch(`${program.address}/greet/Ben?word=Good%20morning`);
  assertEquals(greeting.headers.get("content-type"), "application/json; charset=UTF-8");
  assertEquals(await greeting.json(), { greeting: "Good morning, Ben" });

  const missing = await fetch(`${program.address}/nothing`);
  assertEquals([missing.status, await missing.text()], [
    404,
    "<html><title>404: Not Found</title><body>404: Not Found</body></html>",
  ]);
});

test("examples/hello.ts ends well at the interrupt signal", async () => {
  await using program = await startProgram("examples/hello.ts");
  const response = await fetch(`${program.address}/`);
  await response.text();
  assertEquals(await program.interrupt(), 0);
});
