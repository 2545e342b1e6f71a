/**
 * The cases in `cases/http/cases.json`: the site that they are sent to, on both engines, and what is expected of it.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { Server } from "../../src/http/httpserver.ts";
import { loadTranslations } from "../../src/locale/mod.ts";
import { Application, RequestHandler, type RuleList, StaticFileHandler, UploadForm } from "../../src/web/mod.ts";
import { type Answer, answer, ENGINES } from "../contracts/_http_server/engine.ts";
import { latin1 } from "../support/bytes.ts";
import { RawClient } from "../support/raw_client.ts";
import cases from "./cases/http/cases.json" with { type: "json" };

/** What a case expects, as far as a program can check it. */
interface Expectation {
  status?: number;
  text?: string;
  json?: unknown;
  absent?: string[];
  location?: string;
  length?: string;
  cookies?: number;
}

interface Exchange {
  request: string;
  expect: Expectation;
}

class Form extends RequestHandler {
  override post(): void {
    const files = Object.entries(this.request.files).map(([name, list]) => [
      name,
      list.map(({ filename, body }) => ({ filename, size: body.length })),
    ]);
    this.write({ args: argumentsOf(this), files: Object.fromEntries(files) });
  }
}

class Upload extends RequestHandler {
  static override streamRequestBody = true;
  readonly #form: UploadForm = new UploadForm(this);

  override dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#form.receive(chunk);
  }
  override post(): void {
    this.#form.complete();
    this.write({ args: argumentsOf(this), files: {} });
  }
}

class Argument extends RequestHandler {
  override get(): void {
    this.write(this.getArgument(this.getQueryArgument("name")));
  }
  override post(): void {
    this.get();
  }
}

class Cookies extends RequestHandler {
  override get(): void {
    this.write(Object.fromEntries(Array.from(this.cookies, ([name, { value }]) => [name, value])));
  }
}

class Address extends RequestHandler {
  override get(): void {
    this.write(`${this.request.remoteIp} ${this.request.protocol}`);
  }
}

class SetCookies extends RequestHandler {
  override get(): void {
    this.setCookie("sid", "a", { path: "/x" });
    this.setCookie("sid", "b", { path: "/y" });
  }
}

class Go extends RequestHandler {
  override get(): void {
    this.redirect(this.getArgument("to"));
  }
}

class Language extends RequestHandler {
  override get(): void {
    this.write(this.locale.code);
  }
}

class Flush extends RequestHandler {
  override async get(): Promise<void> {
    this.write("head");
    await this.flush();
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 1);
    await promise;
    this.write("tail");
  }
}

function argumentsOf(handler: RequestHandler): Record<string, string[]> {
  const { bodyArguments } = handler.request;
  return Object.fromEntries(Object.keys(bodyArguments).map((name) => [name, handler.getBodyArguments(name)]));
}

/** The site of one engine: its plain application, and the one that compresses. */
class Site implements AsyncDisposable {
  readonly engine: "listen" | "serve";
  readonly #plain: Server;
  readonly #compressing: Server;

  constructor(engine: "listen" | "serve", directory: string) {
    this.engine = engine;
    const files = { path: directory, defaultFilename: "index.html" };
    const rules: RuleList = [
      ["/form", Form],
      ["/up", Upload],
      ["/argument", Argument],
      ["/cookies", Cookies],
      ["/ip", Address],
      ["/set", SetCookies],
      ["/go", Go],
      ["/language", Language],
      ["/flush", Flush],
      ["/files/(.*)", StaticFileHandler, files],
    ];
    const options = { engine, address: "127.0.0.1", xheaders: true, decompressRequest: true };
    this.#plain = new Application(rules).listen(0, options);
    this.#compressing = new Application([["/compressed/(.*)", StaticFileHandler, files]], { compressResponse: true })
      .listen(0, options);
  }

  /** Sends a request, one byte to a character, over a connection of its own, and returns the answer. */
  async ask(request: string): Promise<Answer> {
    const [method = "", target = ""] = request.split(" ", 2);
    using client = await RawClient.connect((target.startsWith("/compressed/") ? this.#compressing : this.#plain).port);
    // A body that is refused may be answered before it is sent whole.
    client.send(request).catch(() => {});
    return await answer(client, method);
  }

  /** The milliseconds from a request to the end of its answer, at the median of twenty on one connection. */
  async medianTime(path: string): Promise<number> {
    using client = await RawClient.connect(this.#plain.port);
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const begin = performance.now();
      await client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await answer(client);
      times.push(performance.now() - begin);
    }
    return times.sort((a, b) => a - b)[10] ?? Infinity;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#plain.closeAllConnections();
    await this.#compressing.closeAllConnections();
  }
}

/** The cases that take more than a request and its answer. Each returns what is wrong, or `null`. */
const STEPS: Record<string, (site: Site, directory: string) => Promise<string | null>> = {
  "form-fields": async (site) => {
    const body = "a&".repeat(2 ** 21);
    for (const path of ["/form", "/nowhere"]) {
      const { status } = await site.ask(post(path, "Content-Type: application/x-www-form-urlencoded", body));
      if (status !== 400 && status !== 413) return `${path}: ${status}`;
    }
    return null;
  },
  "flush-latency": async (site) => {
    const median = await site.medianTime("/flush");
    return median < 20 ? null : `${median} ms`;
  },
  "etag-of-codings": async (site) => {
    const first = await site.ask(get("/compressed/style.css", "Accept-Encoding: gzip"));
    const etag = first.get("etag");
    const lines = ["Accept-Encoding: gzip", "Range: bytes=50-", `If-Range: ${etag}`];
    const second = await site.ask(get("/compressed/style.css", ...lines));
    const third = await site.ask(get("/compressed/style.css", "Accept-Encoding: gzip", `If-None-Match: ${etag}`));
    return second.status === 200 && third.status === 304 ? null : `${second.status}, ${third.status}`;
  },
  "head-of-compressed": async (site) => {
    const path = "/compressed/style.css";
    const head = await site.ask(get(path, "Accept-Encoding: gzip").replace("GET", "HEAD"));
    const whole = await site.ask(get(path, "Accept-Encoding: gzip"));
    if (![null, whole.get("content-length")].includes(head.get("content-length"))) return "Content-Length differs";
    const names = ["content-encoding", "vary", "etag", "accept-ranges"];
    return names.find((name) => head.get(name) !== whole.get(name)) ?? null;
  },
  "etag-equal-times": async (site, directory) => {
    const path = `${directory}/large.txt`;
    const make = async (letter: string) => {
      await Deno.writeTextFile(`${path}.new`, letter.repeat(2_000_000));
      await Deno.utime(`${path}.new`, 1, 1);
      await Deno.rename(`${path}.new`, path);
    };
    await make("A");
    const etag = (await site.ask(get("/files/large.txt"))).get("etag");
    await make("B");
    const known = await site.ask(get("/files/large.txt", `If-None-Match: ${etag}`));
    const rest = await site.ask(get("/files/large.txt", "Range: bytes=1000000-", `If-Range: ${etag}`));
    return known.status === 200 && rest.status === 200 ? null : `${known.status}, ${rest.status}`;
  },
  "gzip-members": async (site) => {
    const members = latin1(gzipSync("")).repeat(100_000);
    const begin = performance.now();
    const { status } = await site.ask(post("/form", "Content-Encoding: gzip", members));
    const time = performance.now() - begin;
    return status === 200 && time < 1000 ? null : `${status} after ${time} ms`;
  },
  "x-gzip": async (site) => {
    const lines = "Content-Encoding: x-gzip\r\nContent-Type: application/x-www-form-urlencoded";
    const { text } = await site.ask(post("/form", lines, latin1(gzipSync("a=1"))));
    return text === '{"args":{"a":["1"]},"files":{}}' ? null : text;
  },
  "language-script": async (site, directory) => {
    await Deno.mkdir(`${directory}/locale`, { recursive: true });
    for (const name of ["sr", "zh_CN"]) await Deno.writeTextFile(`${directory}/locale/${name}.csv`, '"a","b"\n');
    await loadTranslations(`${directory}/locale`);
    for (const [range, code] of [["sr-Latn-RS", "sr"], ["zh-Hans-CN", "zh_CN"], ["sr ; q=0.9, en ; q=0.5", "sr"]]) {
      const { text } = await site.ask(get("/language", `Accept-Language: ${range}`));
      if (text !== code) return `${range}: ${text}`;
    }
    return null;
  },
};

/** The cases that other programs check: a test of static files that are replaced, and readers of the documentation. */
const ELSEWHERE: readonly string[] = ["static-replaced", "documentation"];

function get(path: string, ...lines: string[]): string {
  return [`GET ${path} HTTP/1.1`, "Host: localhost", ...lines, "", ""].join("\r\n");
}

function post(path: string, lines: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Returns what of an answer is not as expected, or `null`. */
function fault(got: Answer, expected: Expectation): string | null {
  const checks: [string, unknown, unknown][] = [
    ["status", got.status, expected.status],
    ["text", got.text, expected.text],
    ["json", expected.json === undefined ? "" : sorted(got.text), sorted(JSON.stringify(expected.json) ?? "null")],
    ["Location", got.get("location"), expected.location],
    ["Content-Length", got.get("content-length"), expected.length],
    ["cookies", got.getAll("set-cookie").length, expected.cookies],
  ];
  const keys = ["status", "text", "json", "location", "length", "cookies"];
  const wrong = checks.find(([, seen, wanted], i) => Object.hasOwn(expected, keys[i] ?? "") && seen !== wanted);
  if (wrong !== undefined) return `${wrong[0]} ${wrong[1]}`;
  return expected.absent?.find((name) => got.get(name) !== null) ?? null;
}

/** JSON in one spelling. */
function sorted(json: string): string {
  return JSON.stringify(
    JSON.parse(json),
    (_, value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort())
        : value,
  );
}

/**
 * Checks the cases whose id has one of the parts on both engines, and prints each with what is wrong.
 *
 * @returns How many held, of how many.
 */
export async function checkHttpCases(parts: readonly string[]): Promise<{ held: number; all: number }> {
  const directory = await Deno.makeTempDir();
  let held = 0;
  let all = 0;
  try {
    await Deno.mkdir(`${directory}/docs`);
    await Deno.writeTextFile(`${directory}/digits.txt`, "0123456789");
    await Deno.writeTextFile(`${directory}/style.css`, "p { color: red }\n".repeat(500).slice(0, 8000));
    await Deno.writeTextFile(`${directory}/docs/index.html`, "<p>docs");
    for (const { name: engine } of ENGINES) {
      await using site = new Site(engine, directory);
      for (const one of cases.cases) {
        const { id } = one;
        if (ELSEWHERE.includes(id) || !(parts.length === 0 || parts.some((part) => `http/${id}`.includes(part)))) {
          continue;
        }
        const steps = STEPS[id];
        const wrong = steps === undefined ? await checkExchanges(site, exchangesOf(one)) : await steps(site, directory);
        all++;
        if (wrong === null) held++;
        console.log(`== http/${id} (${engine}): ${wrong === null ? "held" : `FAULT: ${wrong}`}`);
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return { held, all };
}

function exchangesOf(one: { request?: unknown; expect?: Expectation; requests?: Exchange[] }): Exchange[] {
  if (one.requests !== undefined) return one.requests;
  if (typeof one.request !== "string" || one.expect === undefined) throw new Error(`a case that cannot be checked`);
  return [{ request: one.request, expect: one.expect }];
}

async function checkExchanges(site: Site, exchanges: readonly Exchange[]): Promise<string | null> {
  for (const { request, expect } of exchanges) {
    const wrong = fault(await site.ask(latin1(new TextEncoder().encode(request))), expect);
    if (wrong !== null) return wrong;
  }
  return null;
}
