/**
 * Writes a small application into a new folder: `deno run -A .../init.ts my-app [--chat | --api | --site]`.
 *
 * The application has tests, options, a container file and a systemd unit with socket activation. Run from a copy of
 * Twister on this machine, the new folder gets a copy as well; run by URL or from JSR, it refers to that.
 *
 * @example
 * ```ts ignore
 * import { init } from "@twister/twister/init";
 *
 * await init("shop", "site");
 * ```
 *
 * `deno run -A .../init.ts --copy` copies Twister alone.
 *
 * @module
 */
import config from "./deno.json" with { type: "json" };

/** A kind of application: JSON over HTTP with a database, a chat over WebSockets, or pages from templates. */
export type Kind = "api" | "chat" | "site";

/** The files of each kind, below `init/`. */
const FILES: Readonly<Record<Kind, readonly string[]>> = {
  api: ["app.ts", "app_test.ts"],
  chat: ["app.ts", "app_test.ts", "templates/page.html", "static/chat.js", "static/style.css"],
  site: [
    "app.ts",
    "app_test.ts",
    "templates/base.html",
    "templates/error.html",
    "templates/home.html",
    "static/style.css",
  ],
};

/** The files of every application, and what they are called in it; `my-app` stands for its name. */
const COMMON: Readonly<Record<string, string>> = {
  "site/main.ts": "main.ts",
  "common/README.md": "README.md",
  "common/Containerfile": "Containerfile",
  "common/app.service": "my-app.service",
  "common/app.socket": "my-app.socket",
};

/** The hosts from which Deno imports without a flag. */
const OPEN_HOSTS: ReadonlySet<string> = new Set([
  "cdn.jsdelivr.net",
  "deno.land",
  "esm.sh",
  "gist.githubusercontent.com",
  "jsr.io",
  "raw.esm.sh",
  "raw.githubusercontent.com",
]);

/** What a copy of Twister consists of. */
const COPIED = ["mod.ts", "src", "LICENSE"];

/** A name that systemd, containers and URLs take as it is. */
const NAME = /^[a-z][a-z0-9-]{0,39}$/;

const PERMISSIONS = "--allow-net --allow-env=APP_*,LISTEN_PID,LISTEN_FDS --allow-read=. --allow-write=.";

/** The command line in one line, for the help. */
const USAGE = "Usage: deno run -A init.ts NAME [--site | --chat | --api]\n       deno run -A init.ts --copy";

/**
 * Writes an application into a new folder of the current one. Needs the permissions to read, to write, and to read this
 * module's address.
 *
 * @param name The name of the application and its folder: lower-case letters, digits and dashes.
 * @param kind What kind of application it is.
 * @throws {TypeError} If the name does not fit.
 * @throws {Deno.errors.AlreadyExists} If there is a file or folder of that name.
 */
export async function init(name: string, kind: Kind = "site"): Promise<void> {
  if (!NAME.test(name)) {
    throw new TypeError(`Cannot use the name "${name}": it must be lower-case letters, digits and dashes`);
  }
  const base = new URL(".", import.meta.url);
  await Deno.mkdir(name);
  const copies: [from: string, to: string][] = [
    ...Object.entries(COMMON),
    ...FILES[kind].map((file): [string, string] => [`${kind}/${file}`, file]),
  ];
  for (const [from, to] of copies) {
    const text = await (await found(new URL(`init/${from}`, base))).text();
    const stored = withSecret(kind === "api" ? withStorage(text) : text, kind);
    await write(`${name}/${to.replace("my-app", name)}`, withImports(stored.replaceAll("my-app", name), base));
  }
  for (const file of [".gitignore", ".dockerignore"]) await write(`${name}/${file}`, "*.db\n");
  await write(`${name}/deno.json`, `${JSON.stringify(await configure(name, base), null, 2)}\n`);
}

/** Makes the application's `deno.json`, and the copy of Twister if there is to be one. */
async function configure(name: string, base: URL): Promise<Record<string, unknown>> {
  const run = `deno run ${PERMISSIONS} main.ts`;
  const commands = {
    start: run,
    // Whoever starts a program anew needs the permission to run it with all of its own.
    dev: "deno run -A main.ts --debug",
    test: "deno test --allow-env=APP_* --allow-read=. --allow-net=127.0.0.1 --ignore=twister",
    check: "deno fmt --check && deno lint --ignore=twister && deno check main.ts app_test.ts",
  };
  const tasks = Object.fromEntries(Object.entries(commands).map(([task, text]) => [task, withImports(text, base)]));
  const fmt = { lineWidth: 120, exclude: ["templates", "twister"] };
  if (base.protocol === "file:") {
    await copyPackage(base, `${name}/twister`);
    return { workspace: ["./twister"], tasks, fmt };
  }
  if (base.host === "jsr.io") {
    return { imports: { [config.name]: `jsr:${config.name}@^${config.version}` }, tasks, fmt };
  }
  const imports = Object.entries(config.exports).map(([path, file]) => [
    config.name + path.slice(1),
    new URL(file, base).href,
  ]);
  return { imports: Object.fromEntries(imports), tasks, fmt };
}

/** Gives an application in a container, or as a unit of systemd, a folder of its own for its database. */
function withStorage(text: string): string {
  return text
    .replace("USER deno", "RUN mkdir /data && chown deno /data\nVOLUME /data\nUSER deno")
    .replace('"--allow-read=.",', '"--allow-read=.,/data", "--allow-write=/data",')
    .replace('"--address=0.0.0.0"]', '"--address=0.0.0.0", "--db=/data/notes.db"]')
    .replace("--allow-read=. main.ts", "--allow-read=.,/var/lib/my-app --allow-write=/var/lib/my-app main.ts")
    .replace(/^(ExecStart=.*)$/m, "$1 --db=/var/lib/my-app/notes.db");
}

/** Names the secret that an application has in place of that of cookies, which only a site has. */
function withSecret(text: string, kind: Kind): string {
  if (kind === "site") return text;
  const advice = kind === "chat" ? "" : " In production set `APP_TOKEN` to 32 random bytes\n" +
    "or more, for example from `openssl rand -hex 32`; without it, everybody may read and change the notes.";
  return text
    .replace(/ In production set [^]*?restart\./, advice)
    .replace(" -e APP_COOKIE_SECRET=...", kind === "chat" ? "" : " -e APP_TOKEN=...")
    .replace(
      "APP_COOKIE_SECRET=... , readable",
      kind === "chat" ? "APP_PORT=... and the like, readable" : "APP_TOKEN=... , readable",
    );
}

/** Adds the flag to commands of Deno without which it does not import from a host, as lines and as lists of words. */
function withImports(text: string, { protocol, host, hostname }: URL): string {
  if (protocol === "file:" || OPEN_HOSTS.has(hostname)) return text;
  const flag = `--allow-import=${host}`;
  return text
    .replace(/\bdeno (run|test|cache|check) /g, (command) => `${command}${flag} `)
    .replaceAll('"deno", "run", ', `"deno", "run", "${flag}", `);
}

/**
 * Copies Twister into the folder `twister` of the current one, which a `deno.json` with
 * `{ "workspace": ["./twister"] }` makes part of a program. Needs the permissions to read and to write.
 *
 * @throws {TypeError} If this module was loaded by URL: there is nothing to copy then.
 * @throws {Deno.errors.AlreadyExists} If there is a file or folder of that name.
 */
export async function copyTwister(): Promise<void> {
  const base = new URL(".", import.meta.url);
  if (base.protocol !== "file:") throw new TypeError(`Cannot copy Twister from ${base}: run a copy of init.ts`);
  await copyPackage(base, "twister");
}

async function copyPackage(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to);
  for (const path of COPIED) await copy(new URL(path, from), `${to}/${path}`);
  const { name, version, license, exports, compilerOptions } = config;
  const { "./init": _, ...others } = exports;
  // Whoever checks, formats or tests an application means the files of the application.
  const own = { name, version, license, exports: others, compilerOptions, exclude: ["mod.ts", "src"] };
  await write(`${to}/deno.json`, `${JSON.stringify(own, null, 2)}\n`);
}

async function copy(from: URL, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(new URL(`${from.href}/${name}`), `${to}/${name}`);
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
}

async function found(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot read ${url}: the answer is ${response.status}`);
  return response;
}

if (import.meta.main) {
  const names = Deno.args.filter((arg) => !arg.startsWith("-"));
  const flags = Deno.args.filter((arg) => arg.startsWith("-"));
  const kind = (["api", "chat", "site"] as const).find((kind) => flags[0] === `--${kind}`);
  const isCopy = names.length === 0 && flags.join() === "--copy";
  const [name = isCopy ? "twister" : undefined] = names;
  if (Deno.args.join() === "--help") {
    console.log(USAGE);
    Deno.exit();
  }
  if (
    name === undefined || names.length > 1 || flags.length > 1 || (flags.length === 1 && kind === undefined && !isCopy)
  ) {
    console.error(USAGE);
    Deno.exit(2);
  }
  try {
    await (isCopy ? copyTwister() : init(name, kind));
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) console.error(`${name} exists already`);
    else if (error instanceof TypeError) console.error(error.message);
    else throw error;
    Deno.exit(1);
  }
  if (isCopy) console.log('Made twister. Next: put { "workspace": ["./twister"] } into deno.json');
  else console.log(`Made ${name}. Next:\n  cd ${name}\n  deno task test\n  deno task dev`);
}
