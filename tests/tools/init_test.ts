import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { spawn } from "node:child_process";
import { init, type Kind } from "../../init.ts";
import { bindTransports } from "../../src/net/_netutil/bind_transports.ts";
import { HandleListener } from "../../src/net/_transport/handle_listener.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

const PERMISSIONS = ["--allow-net", "--allow-env=APP_*,LISTEN_PID,LISTEN_FDS", "--allow-read=."];

/** What the first page of each kind has in it. */
const PAGES: Readonly<Record<Kind, string>> = {
  api: '{"notes":[]}',
  chat: 'id="messages"',
  site: "Nobody has written",
};

async function run(
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1", ...env }, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function inTempDir(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "twister-init-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts the server of an application and resolves with what the first page says; it must end well at SIGTERM. */
async function firstPage(
  folder: string,
  script: string,
  listener: HandleListener | null,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<string> {
  const args = ["run", "--quiet", "--no-check", "--no-prompt", ...flags, ...PERMISSIONS, "main.ts", "--port=0"];
  const child = spawn("sh", ["-c", script, Deno.execPath(), ...args], {
    cwd: folder,
    env: { ...Deno.env.toObject(), ...env },
    stdio: ["ignore", "pipe", "inherit", ...(listener === null ? [] : [listener.fd])],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const { promise: output, resolve } = Promise.withResolvers<string>();
  child.stdout?.once("data", (data: Uint8Array) => resolve(new TextDecoder().decode(data)));
  const response = await fetch((await output).trim());
  const text = await response.text();
  // child.kill() would make Deno report the signal, not the status.
  Deno.kill(child.pid ?? 0, "SIGTERM");
  assertEquals(await ended, 0);
  return text;
}

for (const kind of ["api", "chat", "site"] as const) {
  test(`init.ts --${kind} makes an application that passes its tests and starts`, async () => {
    await inTempDir(async (folder) => {
      const made = await run(["run", "-A", "--no-check", `${projectRoot}init.ts`, "shop", `--${kind}`], folder);
      assertEquals(made.code, 0, made.output);
      const shop = `${folder}/shop`;
      const tests = await run(["task", "test", "--no-check"], shop);
      assertEquals(tests.code, 0, tests.output);
      assertStringIncludes(tests.output, "3 passed | 0 failed");
      const written = await run(["fmt", "--check"], shop);
      assertEquals(written.code, 0, written.output);
      assertStringIncludes(await firstPage(shop, 'exec "$0" "$@"', null), PAGES[kind]);
      const unit = await Deno.readTextFile(`${shop}/shop.service`);
      const secret = { api: "APP_TOKEN", chat: null, site: "APP_COOKIE_SECRET" }[kind];
      for (const file of ["README.md", "Containerfile", "shop.service"]) {
        const named = (await Deno.readTextFile(`${shop}/${file}`)).match(/APP_(?:TOKEN|COOKIE_SECRET)/)?.[0] ?? null;
        assertEquals(named, secret, file);
      }
      assertStringIncludes(unit, "Requires=shop.socket");
      // Only the notes are kept in a file.
      const container = await Deno.readTextFile(`${shop}/Containerfile`);
      assertEquals(unit.includes("--allow-write=/var/lib/shop main.ts --db=/var/lib/shop/notes.db\n"), kind === "api");
      assertEquals(
        container.includes('"--allow-write=/data", "main.ts", "--address=0.0.0.0", "--db=/data/'),
        kind === "api",
      );
    });
  }, { deadline: 300 });
}

test("init.ts by URL makes applications that import from there, pass their tests and start", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const file = `${projectRoot}${new URL(request.url).pathname.slice(1)}`;
    const headers = { "content-type": file.endsWith(".ts") ? "text/typescript" : "application/octet-stream" };
    return new Response(await Deno.readFile(file), { headers });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  await inTempDir(async (folder) => {
    const env = { DENO_DIR: `${folder}/cache` };
    for (const kind of ["api", "chat", "site"] as const) {
      const program = ["run", "-A", "--no-check", "--quiet", `http://${host}/init.ts`];
      const made = await run([...program, kind, `--${kind}`], folder, env);
      assertEquals(made, { code: 0, output: `Made ${kind}. Next:\n  cd ${kind}\n  deno task test\n  deno task dev\n` });
      const app = `${folder}/${kind}`;
      const tests = await run(["task", "test", "--no-check"], app, env);
      assertEquals(tests.code, 0, tests.output);
      assertStringIncludes(tests.output, "3 passed | 0 failed");
      assertStringIncludes(await firstPage(app, 'exec "$0" "$@"', null, [`--allow-import=${host}`], env), PAGES[kind]);
      const container = await Deno.readTextFile(`${app}/Containerfile`);
      assertStringIncludes(container, `RUN deno cache --allow-import=${host} main.ts`);
      assertStringIncludes(container, `"deno", "run", "--allow-import=${host}", "--allow-net"`);
    }
  });
}, { deadline: 300 });

test("deno task dev of an application serves what was edited", async () => {
  await inTempDir(async (folder) => {
    await run(["run", "-A", "--no-check", `${projectRoot}init.ts`, "shop", "--api"], folder);
    const process = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "dev", "--port=0"],
      cwd: `${folder}/shop`,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let output = "";
    const says = async (pattern: RegExp) => {
      while (!pattern.test(output)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`The program has ended: ${output}`);
        output += value;
      }
    };
    await says(/^http.*\n/m);
    await Deno.writeTextFile(`${folder}/shop/app.ts`, "// An edit.\n", { append: true });
    await says(/^http[^]*^http.*\n/m);
    process.kill("SIGTERM");
    while (!(await reader.read()).done);
    await process.status;
  });
});

test("an application of init.ts takes the socket of systemd", async () => {
  await inTempDir(async (folder) => {
    await run(["run", "-A", "--no-check", `${projectRoot}init.ts`, "shop"], folder);
    const [listener] = bindTransports(0, { address: "127.0.0.1", transport: "handle" });
    if (!(listener instanceof HandleListener) || listener.addr.transport !== "tcp") throw new Error("No handles");
    const script = `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`;
    const page = await firstPage(`${folder}/shop`, script, listener);
    listener.close();
    assertStringIncludes(page, PAGES.site);
  });
}, { deadline: 300 });

test("init.ts --copy copies Twister for a workspace, whose tests and format are not those of the program", async () => {
  await inTempDir(async (folder) => {
    const program = ["run", "-A", "--no-check", `${projectRoot}init.ts`, "--copy"];
    assertEquals((await run(program, folder)).code, 0);
    assertEquals(await run(program, folder), { code: 1, output: "twister exists already\n" });
    await Deno.writeTextFile(`${folder}/deno.json`, '{ "workspace": ["./twister"] }\n');
    const source = 'import { utf8 } from "@twister/twister/escape";\nDeno.test("x", () => void utf8("x"));\n';
    await Deno.writeTextFile(`${folder}/x_test.ts`, source);
    const tests = await run(["test", "--no-check"], folder);
    assertEquals([tests.code, tests.output.match(/^running .*$/gm)], [0, ["running 1 test from ./x_test.ts"]]);
    assertEquals(/warning/i.test(tests.output), false, tests.output);
    const written = await run(["fmt", "--check"], folder);
    assertEquals(written.code, 0, written.output);
  });
});

test("init.ts refuses names that do not fit, and folders that exist", async () => {
  await assertRejects(() => init("../x"), TypeError, "Cannot use the name");
  await inTempDir(async (folder) => {
    const program = ["run", "-A", "--no-check", `${projectRoot}init.ts`];
    await Deno.mkdir(`${folder}/shop`);
    assertEquals(await run([...program, "shop"], folder), { code: 1, output: "shop exists already\n" });
    assertEquals((await run(program, folder)).code, 2);
    const help = await run([...program, "--help"], folder);
    assertEquals([help.code, help.output.startsWith("Usage: ")], [0, true]);
    assertEquals((await run([...program, "a", "--fast"], folder)).code, 2);
  });
});
