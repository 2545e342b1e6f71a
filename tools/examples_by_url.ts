// Runs every example by URL from a web server on this machine, with an empty cache each: what it downloads from npm,
// whether it says anything but its address, and the time until its page is there. Fails beyond MAX_PACKAGES or with any
// warning.
//
// Deno asks twice for a package, for its entry in the registry and for its file, and prints a line "Download" for each;
// it also prints one for each module of this project, which are small files of the same server. What is counted here
// are the packages.
import { option } from "../examples/shared/option.ts";
import { projectRoot } from "./project.ts";

/** Packages: the parser for expressions in templates, and what the example is about, such as the client of Redis. */
const MAX_PACKAGES = 3;
/** The file of a package. Deno asks the registry for its entry as well, and for those of packages that it may need. */
const PACKAGE = /^Download .*\/([^/]+)\.tgz$/;
/** Lines of Deno without a warning: what it fetches, and its summary; and those of the log. */
const EXPECTED = /^(?:Download |Initialize |Dependencies:$|\+ npm:|\[[IW] \d{6} )/;
const PATIENCE_SECONDS = 60;

/** Arguments that some need; those of `cluster_chat` have a port that was free a moment ago. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  facebook: ["--key=key", "--secret=secret"],
  google_auth: ["--key=key", "--secret=secret"],
  hub_proxy: ["--api-port=0"],
  observability: ["--machines-port=0"],
};
/** The page to get, where the first one asks a provider of logins. */
const PATHS: Readonly<Record<string, string>> = { google_auth: "bye" };
/** Those without a page: their first line says that they run. */
const WITHOUT_PAGE: ReadonlySet<string> = new Set(["tcp_echo", "webspider"]);
const NEEDS_REDIS = "cluster_chat";

const TYPES: Readonly<Record<string, string>> = { ts: "text/typescript", js: "text/javascript", css: "text/css" };

/** A web server that knows nothing of Deno: files by path, with a type by their extension. */
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
  const path = decodeURIComponent(new URL(request.url).pathname);
  try {
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    return new Response(await Deno.readFile(`${projectRoot}${path.slice(1)}`), { headers: { "content-type": type } });
  } catch {
    return new Response(null, { status: 404 });
  }
});
const host = `127.0.0.1:${server.addr.port}`;

function hasRedis(): boolean {
  try {
    new Deno.Command("redis-server", { args: ["--version"], stdout: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}

/** The first line of a stream that matches, and all that came before; `null` if it ends without one. */
async function firstMatch(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<RegExpMatchArray | null> {
  let text = "";
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return null;
    text += value;
    const match = text.match(pattern);
    if (match === null) continue;
    // A program whose output nobody reads any more would end with an error.
    void drain(reader);
    return match;
  }
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}

/** Runs one example, and returns its faults. */
async function run(name: string): Promise<string[]> {
  const cache = await Deno.makeTempDir({ prefix: "twister-cache-" });
  const work = await Deno.makeTempDir({ prefix: "twister-example-" });
  const program = name.endsWith(".ts") ? name : `${name}/main.ts`;
  const port = name === NEEDS_REDIS ? 20_000 + Math.floor(Math.random() * 10_000) : 0;
  const ports = name === "webspider" ? [] : [`--port=${port}`];
  const start = performance.now();
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-prompt", `http://${host}/examples/${program}`],
      ...ports,
      ...ARGUMENTS[name] ?? [],
    ],
    cwd: work,
    env: { DENO_DIR: cache, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(process.stderr).text();
  const timer = setTimeout(() => process.kill("SIGKILL"), PATIENCE_SECONDS * 1000);
  try {
    const pattern = WITHOUT_PAGE.has(name) ? /^.+\n/ : /^http:\/\/localhost:\d+\/\n/m;
    const address = (await firstMatch(process.stdout, pattern))?.[0].trim() ?? null;
    const page = address === null || WITHOUT_PAGE.has(name)
      ? null
      : await fetch(address + (PATHS[name] ?? ""), { redirect: "manual" });
    await page?.body?.cancel();
    const seconds = (performance.now() - start) / 1000;
    try {
      process.kill("SIGINT");
    } catch {
      // It has ended.
    }
    await process.status;
    const lines = (await said).split("\n").filter((line) => line !== "");
    const modules = lines.filter((line) => line.startsWith(`Download http://${host}/`)).length;
    const requests = lines.filter((line) =>
      line.startsWith("Download ") && !line.startsWith(`Download http://${host}/`)
    );
    const packages = new Set(requests.flatMap((line) => PACKAGE.exec(line)?.[1] ?? []));
    const others = lines.filter((line) => !EXPECTED.test(line));
    console.log(
      `${name}: ${modules} modules, ${packages.size} packages (${
        [...packages].join(", ")
      }) in ${requests.length} requests, ` +
        `${others.length} lines of warnings, ` +
        `${seconds.toFixed(1)} s until ${page === null ? "its first line" : `the page (${page.status})`}`,
    );
    const faults = others.map((line) => `${name}: ${line}`);
    if (address === null) faults.push(`${name} has said no address`);
    if (page !== null && page.status >= 500 && name !== "hub_proxy") faults.push(`${name} answers ${page.status}`);
    if (packages.size > MAX_PACKAGES) faults.push(`${name} downloads ${[...packages].join(", ")}`);
    return faults;
  } finally {
    clearTimeout(timer);
    await Deno.remove(cache, { recursive: true });
    await Deno.remove(work, { recursive: true });
  }
}

const only = option("only");
const names = Array.from(Deno.readDirSync(`${projectRoot}examples`), ({ name }) => name)
  .filter((name) => only === null ? name !== "shared" && !name.endsWith(".md") : name === only).sort();
const faults: string[] = [];
for (const name of names) {
  if (name === NEEDS_REDIS && !hasRedis()) console.log(`${name}: left out, there is no redis-server`);
  else faults.push(...await run(name));
}
await server.shutdown();
for (const fault of faults) console.error(fault);
console.log(`${names.length} examples, ${faults.length} faults`);
Deno.exit(faults.length === 0 ? 0 : 1);
