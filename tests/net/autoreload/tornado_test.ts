// Tornado's own tests of autoreload (tornado/test/autoreload_test.py). They restart by the private `_reload` and keep
// a mark in the environment, which a restart by a parent does not hand on; here a file is changed, and another one is
// the mark.
import { assertEquals } from "@std/assert";
import { AUTORELOAD, ProgramFolder } from "../../support/reloaded.ts";
import { test } from "../../support/test.ts";

/** A program that restarts itself once. */
const RELOADS_ONCE = `import { start, watch } from "twister/net/autoreload.ts";
start();
console.log("Starting", Deno.ppid);
try {
  Deno.statSync("started");
} catch {
  Deno.writeTextFileSync("started", "");
  watch("trigger");
  setInterval(() => Deno.writeTextFileSync("trigger", String(Math.random())), 50);
}
`;

test("Tornado test_reload", async () => {
  for (const wrapper of [[], [AUTORELOAD]]) {
    for (const main of ["main.ts", "./main.ts", "testapp/main.ts"]) {
      using folder = new ProgramFolder();
      folder.save(main, RELOADS_ONCE);
      await using program = folder.run(...wrapper, main);
      const lines = [await program.line(), await program.line()];
      assertEquals(lines, [`Starting ${program.pid}`, `Starting ${program.pid}`]);
      // By itself the program ends as if nobody watched it, and the wrapper waits for another change.
      if (wrapper.length === 0) assertEquals(await program.end(), { code: 0, output: [] });
      else await program.error(/exit code 0; waiting/);
    }
  }
});

test("Tornado test_reload_wrapper_preservation", async () => {
  using folder = new ProgramFolder();
  folder.save("main.ts", RELOADS_ONCE);
  await using program = folder.run(AUTORELOAD, "main.ts");
  // Both have the wrapper as their parent, though the program calls start() itself.
  assertEquals([await program.line(), await program.line()], Array(2).fill(`Starting ${program.pid}`));
});

test("Tornado test_reload_wrapper_args", async () => {
  using folder = new ProgramFolder();
  folder.save("main.ts", "console.log(Deno.mainModule.replace(/^.*[/]/, ''), ...Deno.args);\n");
  await using program = folder.run(AUTORELOAD, "main.ts", "arg1", "--arg2", "-m", "arg3");
  assertEquals(await program.line(), "main.ts arg1 --arg2 -m arg3");
});

test("Tornado test_reload_wrapper_until_success", async () => {
  using folder = new ProgramFolder();
  const main = `${RELOADS_ONCE.replace(/setInterval.*\n/, "Deno.exit(1);\n")}console.log("Exited cleanly");\n`;
  folder.save("main.ts", main);
  await using program = folder.run(AUTORELOAD, "--until-success", "main.ts");
  assertEquals(await program.line(), `Starting ${program.pid}`);
  await program.error(/exit code 1; waiting/);
  folder.save("main.ts", `${main}// Saved again.\n`);
  assertEquals([await program.line(), await program.line()], [`Starting ${program.pid}`, "Exited cleanly"]);
  assertEquals(await program.end(), { code: 0, output: [] });
});
