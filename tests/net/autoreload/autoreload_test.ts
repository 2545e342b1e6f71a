import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { addReloadHook, start, wait } from "../../../src/net/autoreload.ts";
import { AUTORELOAD, ProgramFolder, RunningProgram } from "../../support/reloaded.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";

/** The beginning of a program that lives until it is ended. */
const STARTING = `import { addReloadHook, start, watch } from "twister/net/autoreload.ts";
start();
setInterval(() => {}, 1000);
`;

test("autoreload: a changed module restarts the program, with its flags, arguments and standard input", async () => {
  using folder = new ProgramFolder();
  folder.save("name.ts", 'export const name = "first";\n');
  folder.save(
    "main.ts",
    `import { start } from "twister/net/autoreload.ts";
import { name } from "./name.ts";
start();
console.log(name, Deno.args, location.href);
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) console.log("read", text.trim());
`,
  );
  await using program = folder.run("--location=http://here.example/", "main.ts", "a", "-b c");
  assertEquals(await program.line(), 'first [ "a", "-b c" ] http://here.example/');
  await program.type("hello\n");
  assertEquals(await program.line(), "read hello");
  folder.save("name.ts", 'export const name = "second";\n');
  assertEquals(await program.line(), 'second [ "a", "-b c" ] http://here.example/');
  await program.type("again\n");
  assertEquals(await program.line(), "read again");
});

test("autoreload: a changed module restarts a program that may load nothing from the network", async () => {
  using folder = new ProgramFolder();
  folder.save("part.ts", "export const part = 1;\n");
  folder.save("main.ts", `${STARTING}import { part } from "./part.ts";\nconsole.log("part", part);\n`);
  await using program = folder.run("--cached-only", "main.ts");
  assertEquals(await program.line(), "part 1");
  folder.save("part.ts", "export const part = 2;\n");
  assertEquals(await program.line(), "part 2");
});

test("autoreload: the exit code is that of the program, and signals reach it", async () => {
  using folder = new ProgramFolder();
  folder.save(
    "main.ts",
    `import { start } from "twister/net/autoreload.ts";
start();
if (Deno.args[0] === "exit") Deno.exit(7);
Deno.addSignalListener("SIGTERM", () => {
  console.log("drained");
  Deno.exit(9);
});
setInterval(() => {}, 1000);
console.log("up");
`,
  );
  await using first = folder.run("main.ts", "exit");
  assertEquals((await first.end()).code, 7);
  await using second = folder.run("main.ts");
  assertEquals(await second.line(), "up");
  second.kill("SIGTERM");
  assertEquals(await second.end(), { code: 9, output: ["drained"] });
});

test("autoreload: SIGHUP ends a program that does not handle it, and no other", async () => {
  using folder = new ProgramFolder();
  const handling = 'Deno.addSignalListener("SIGHUP", () => console.log("rolling"));\n';
  folder.save("main.ts", `${STARTING}${handling}console.log("up");\n`);
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "up");
  program.kill("SIGHUP");
  assertEquals(await program.line(), "rolling");
  folder.save("main.ts", `${STARTING}console.log("up again");\n`);
  assertEquals(await program.line(), "up again");
  program.kill("SIGHUP");
  assertEquals(await program.end(), { code: 129, output: [] });
});

test("autoreload: a program whose parent is killed ends", async () => {
  using folder = new ProgramFolder();
  folder.save("main.ts", `${STARTING}console.log("up");\n`);
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "up");
  program.kill("SIGKILL");
  // Standard output ends with the last process that holds it.
  await program.end();
});

test("autoreload: a program that does not end by SIGTERM ends nevertheless if its parent is killed", async () => {
  using folder = new ProgramFolder();
  folder.save(
    "main.ts",
    // Something that keeps it alive, as a server would: a signal listener does not.
    `${STARTING}setInterval(() => {}, 1000);
Deno.addSignalListener("SIGTERM", () => console.log("drains"));
console.log("up");
`,
  );
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "up");
  program.kill("SIGKILL");
  assertEquals((await program.end()).output, ["drains"]);
});

test("autoreload: a program in a loop without an end is killed if its parent is", async () => {
  using folder = new ProgramFolder();
  folder.save("main.ts", `${STARTING}console.log("up");\nsetTimeout(() => {\n  for (;;);\n});\n`);
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "up");
  program.kill("SIGKILL");
  await program.end();
});

/** Programs that a process has started, not what it runs beside them. */
function childrenOf(pid: number): number[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(pid) &&
        Deno.readTextFileSync(`/proc/${name}/cmdline`).includes("autoreload%2Fchannel.ts");
    } catch {
      // It has ended meanwhile.
      return false;
    }
  }).map(({ name }) => Number(name));
}

test("autoreload: the next program runs in a process that was started in advance", async () => {
  using folder = new ProgramFolder();
  const main = (version: number) => `${STARTING}console.log(${version}, Deno.pid, import.meta.main, Deno.args);\n`;
  folder.save("main.ts", main(0));
  await using program = folder.run("main.ts", "a");
  let [, pid] = (await program.line()).split(" ");
  for (let version = 1; version <= 3; version++) {
    await until(() => childrenOf(program.pid).length === 2);
    const next = childrenOf(program.pid).find((child) => child !== Number(pid));
    folder.save("main.ts", main(version));
    assertEquals(await program.line(), `${version} ${next} true [ "a" ]`);
    pid = String(next);
  }
  // What that process has read itself is old.
  await until(() => childrenOf(program.pid).length === 2);
  const stale = childrenOf(program.pid);
  folder.save("deno.json", "{}");
  const [version, fresh] = (await program.line()).split(" ");
  assertEquals([version, stale.includes(Number(fresh))], ["3", false]);
});

test("autoreload: no process is started in advance for a program that has to do something before", async () => {
  using folder = new ProgramFolder();
  folder.save("first.ts", 'console.log("first");\n');
  folder.save("main.ts", `${STARTING}console.log("up");\n`);
  await using program = folder.run("--preload", `${folder.path}/first.ts`, "main.ts");
  // The process that becomes the parent has done it, too.
  assertEquals([await program.line(), await program.line(), await program.line()], ["first", "first", "up"]);
  for (const version of [1, 2]) {
    folder.save("main.ts", `${STARTING}console.log("again", ${version});\n`);
    assertEquals([await program.line(), await program.line()], ["first", `again ${version}`]);
  }
});

test("autoreload: errors of syntax, exceptions and missing modules are waited out", async () => {
  using folder = new ProgramFolder();
  folder.save("part.ts", "export const part = 1;\n");
  folder.save("main.ts", `${STARTING}import { part } from "./part.ts";\nconsole.log("part", part);\n`);
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "part 1");
  for (const [index, fault] of ["export const part = ;\n", 'throw new Error("no");\n'].entries()) {
    folder.save("part.ts", fault);
    await program.error(/^\[autoreload\] The program has ended with exit code 1; waiting for a change$/);
    folder.save("part.ts", `export const part = ${index + 2};\n`);
    assertEquals(await program.line(), `part ${index + 2}`);
  }
  folder.save("part.ts", 'export { part } from "./later.ts";\n');
  await program.error(/exit code 1; waiting/);
  folder.save("later.ts", "export const part = 4;\n");
  assertEquals(await program.line(), "part 4");
  // After an error, Ctrl-C ends the process though no program runs.
  folder.save("later.ts", "}\n");
  await program.error(/exit code 1; waiting/);
  program.kill("SIGINT");
  assertEquals(await program.end(), { code: 130, output: [] });
});

test("autoreload: the same content, other attributes and other files are no changes", async () => {
  using folder = new ProgramFolder();
  const part = folder.save("part.ts", "export const part = 1;\n");
  folder.save("main.ts", `${STARTING}import { part } from "./part.ts";\nconsole.log("part", part, Deno.pid);\n`);
  await using program = folder.run("main.ts");
  const first = await program.line();
  folder.save("other.ts", "export {};\n");
  folder.save("part.ts", "export const part = 1;\n");
  Deno.chmodSync(part, 0o600);
  Deno.utimeSync(part, new Date(), new Date());
  // As editors save: a new file takes the place of the old one.
  Deno.renameSync(folder.save("part.ts~", "export const part = 2;\n"), part);
  assertMatch(await program.line(), /^part 2 \d+$/);
  folder.save("part.ts", "export const part = 3;\n");
  const third = await program.line();
  assertMatch(third, /^part 3 \d+$/);
  assert(first !== third);
});

test("autoreload: watched files and directories, hooks, and what hooks write", async () => {
  using folder = new ProgramFolder();
  folder.save("data/a/one.txt", "1");
  folder.save(
    "main.ts",
    `${STARTING}import { sleep } from "twister/concurrency/gen.ts";
import { enablePrettyLogging } from "twister/util/log.ts";
enablePrettyLogging();
watch("settings.txt");
watch("data");
addReloadHook(async () => {
  await sleep(0.01);
  Deno.writeTextFileSync("settings.txt", String(Math.random()));
  console.log("hook 1");
});
addReloadHook(() => {
  throw new Error("hook 2 fails");
});
addReloadHook(() => console.log("hook 3"));
console.log("up");
`,
  );
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "up");
  const changes = [["settings.txt", "new"], ["data/a/one.txt", "2"], ["data/a/two.txt", ""]] as const;
  for (const [name, text] of changes) {
    folder.save(name, text);
    assertMatch(await program.line(), new RegExp(`^\\[I .*\\] .*/${name} modified; restarting server$`));
    assertEquals([await program.line(), await program.line(), await program.line()], ["hook 1", "hook 3", "up"]);
  }
  await program.error(/Exception in a reload hook/);
  folder.save("main.ts", 'console.log("last");\n');
  assertMatch(await program.line(), /main\.ts modified/);
  assertEquals([await program.line(), await program.line(), await program.line()], ["hook 1", "hook 3", "last"]);
  assertEquals(await program.end(), { code: 0, output: [] });
});

test("autoreload: a program that hangs is killed", async () => {
  using folder = new ProgramFolder();
  folder.save("main.ts", `${STARTING}addReloadHook(() => { for (;;); });\nconsole.log("up");\n`);
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "up");
  folder.save("main.ts", `${STARTING}console.log("next");\n`);
  assertEquals(await program.line(), "next");
});

test("autoreload: a script that waits at its end is run again", async () => {
  using folder = new ProgramFolder();
  folder.save("part.ts", "export const part = 1;\n");
  folder.save(
    "main.ts",
    `import { addReloadHook, wait } from "twister/net/autoreload.ts";
import { part } from "./part.ts";
addReloadHook(() => console.log("hook", part));
console.log("part", part);
await wait();
`,
  );
  await using program = folder.run("main.ts");
  assertEquals(await program.line(), "part 1");
  for (const part of [2, 3]) {
    folder.save("part.ts", `export const part = ${part};\n`);
    assertEquals([await program.line(), await program.line()], [`hook ${part - 1}`, `part ${part}`]);
  }
});

test("autoreload as a program: it runs others, waits after their end, and gets over a fault in the first start", async () => {
  using folder = new ProgramFolder();
  folder.save("main.ts", 'console.log("args", ;\n');
  await using program = folder.run(AUTORELOAD, "main.ts", "a", "--until-success");
  await program.error(/exit code 1; waiting/);
  for (const text of ["first", "second"]) {
    folder.save("main.ts", `console.log("${text}", Deno.args.join());\n`);
    assertEquals(await program.line(), `${text} a,--until-success`);
    await program.error(/exit code 0; waiting/);
  }
  await using usage = folder.run(AUTORELOAD);
  assertEquals((await usage.end()).code, 1);
});

test("autoreload leaves a process alone that something else restarts, or that may not start another", async () => {
  using folder = new ProgramFolder();
  const text = `import { start } from "twister/net/autoreload.ts";
start();
console.log("up", Deno.pid);
`;
  folder.save("main.ts", text);
  const permissions = [["--allow-net"], ["--allow-run", "--allow-read"]];
  for (const flags of permissions) {
    await using program = new RunningProgram(folder.path, ["run", "--quiet", "--no-prompt", ...flags, "main.ts"]);
    assertEquals(await program.line(), `up ${program.pid}`);
    assertEquals((await program.end()).code, 0);
  }
  await using watched = new RunningProgram(folder.path, ["run", "-A", "--watch", "main.ts"]);
  assertEquals(await watched.line(), `up ${watched.pid}`);
  await watched.error(/Process finished|Restarting on file change/);
  folder.save("main.ts", text.replace("up", "again"));
  assertEquals(await watched.line(), `again ${watched.pid}`);
});

test("autoreload does nothing in a test", async () => {
  start();
  addReloadHook(() => {
    throw new Error("nothing restarts this process");
  });
  await assertRejects(() => wait(), Error, "Cannot restart this process: it is not a program of deno run");
});
