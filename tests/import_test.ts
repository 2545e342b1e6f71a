// Importing has no side effect, and works from nothing but an address.
import { assertEquals } from "@std/assert";
import { entries, projectRoot } from "../tools/project.ts";
import { test } from "./support/test.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: string[], cwd: string, env: Record<string, string> = {}): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function inEmptyFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Replaces whatever starts something or reads the environment by a function that reports its use. Deno's own modules,
 * which look at themselves through the same objects, are let through: they need no permission for it.
 */
const TRAPS = `
const used: string[] = [];
const trap = (owner: object, name: string) => {
  const original = Reflect.get(owner, name);
  Object.defineProperty(owner, name, {
    configurable: true,
    get() {
      const stack = new Error().stack ?? "";
      if (/^ +at .*\\b(ext|node):/.test(stack.split("\\n")[2] ?? "")) return original;
      used.push(name + stack);
      return () => { throw new Error(name + " was called by an import"); };
    },
  });
};
for (const name of ["setTimeout", "setInterval", "fetch", "Worker", "WebSocket", "addEventListener", "onunload"]) {
  trap(globalThis, name);
}
for (
  const name of [
    "addSignalListener", "args", "chdir", "Command", "connect", "cwd", "env", "execPath", "hostname", "listen",
    "listenDatagram", "listenTls", "osRelease", "osUptime", "permissions", "readDir", "readFile", "readFileSync",
    "readTextFile", "readTextFileSync", "serve", "stat", "statSync", "systemMemoryInfo", "unrefTimer",
  ]
) trap(Deno, name);
for (const name of ["log", "info", "warn", "error", "debug"]) trap(console, name);
export function report(): void {
  if (used.length > 0) throw new Error(used.join("\\n"));
}
`;

test("import: mod.ts runs without permission, prints nothing and ends", async () => {
  assertEquals(await run(["run", "--quiet", "--no-prompt", "mod.ts"], projectRoot), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

test("import: no entry reads the environment, starts a timer, opens or prints anything", async () => {
  await inEmptyFolder(async (folder) => {
    const imports = Object.values(entries).map((file) => `await import("file://${projectRoot}${file.slice(2)}");\n`);
    await Deno.writeTextFile(`${folder}/traps.ts`, TRAPS);
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import { report } from "./traps.ts";\n${imports.join("")}report();\n`,
    );
    const outcome = await run(["run", "--quiet", "--no-prompt", "--no-check", "main.ts"], folder);
    assertEquals(outcome, { code: 0, stdout: "", stderr: "" });
  });
});

const REMOTE_USER = (address: string) => `
import { Application, RequestHandler } from "${address}/mod.ts";
import { xhtmlEscape } from "${address}/src/util/escape.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write(xhtmlEscape("<hello>"));
  }
}
await using server = new Application([["/", MainHandler]]).listen(0, { address: "127.0.0.1" });
const response = await fetch("http://127.0.0.1:" + server.port + "/");
console.log(response.status, await response.text());
`;

test("import: mod.ts works over plain http from an empty folder, types included", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (!/^\/twister\/(mod|src\/[\w/]+)\.ts$/.test(pathname)) return new Response(null, { status: 404 });
    const text = await Deno.readTextFile(projectRoot + pathname.slice("/twister/".length));
    return new Response(text, { headers: { "content-type": "application/typescript" } });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  await inEmptyFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/main.ts`, REMOTE_USER(`http://${host}/twister`));
    // A cache of its own, so that no earlier run can answer; what comes from npm may be shared.
    const { npmCache }: { npmCache: string } = JSON.parse((await run(["info", "--json"], folder)).stdout);
    await Deno.mkdir(`${folder}/cache`);
    await Deno.mkdir(npmCache, { recursive: true });
    await Deno.symlink(npmCache, `${folder}/cache/npm`);
    const flags = ["--quiet", `--allow-import=${host}`];
    const env = { DENO_DIR: `${folder}/cache` };
    assertEquals(await run(["check", ...flags, "main.ts"], folder, env), { code: 0, stdout: "", stderr: "" });
    assertEquals(await run(["run", "--no-prompt", "--allow-net=127.0.0.1", ...flags, "main.ts"], folder, env), {
      code: 0,
      stdout: "200 &lt;hello&gt;\n",
      stderr: "",
    });
  });
  // The whole package is compiled and checked from an empty cache.
}, { deadline: 180 });

test("import: Python in templates is loaded only by programs that import it", async () => {
  for (const entry of ["mod.ts", entries["./template"] ?? "", entries["./web"] ?? ""]) {
    const { stdout } = await run(["info", "--json", entry], projectRoot);
    assertEquals(stdout.includes("/_python/"), false, entry);
    assertEquals(stdout.includes("/template/"), true, entry);
  }
  const { stdout } = await run(["info", "--json", entries["./template/python"] ?? ""], projectRoot);
  assertEquals(stdout.includes("/_python/parse_expression.ts"), true);
});
