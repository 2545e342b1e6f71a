/**
 * The same application on python3-tornado and here, asked some hundred times the same: cookies, signed cookies, XSRF,
 * static files and compression. Status, headers and body must be the same, but for what docs/differences.md says.
 */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  Application,
  type CookieOptions,
  RequestHandler,
  type Settings,
  StaticFileHandler,
} from "../../src/web/mod.ts";
import { createSignedValue, type CreateSignedValueOptions } from "../../src/web/signed_value.ts";
import { RawClient } from "../support/raw_client.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

function cookieOptions(handler: RequestHandler): CookieOptions {
  const options: CookieOptions = {};
  const argument = (name: string) => handler.getQueryArgument(name, null);
  for (const name of ["domain", "path", "samesite"] as const) {
    if (argument(name) !== null) options[name] = argument(name);
  }
  for (const name of ["httponly", "secure"] as const) {
    if (argument(name) !== null) options[name] = argument(name) === "1";
  }
  if (argument("max_age") !== null) options.maxAge = Number(argument("max_age"));
  if (argument("expires") !== null) options.expires = Number(argument("expires"));
  return options;
}

class SetCookie extends RequestHandler {
  override get(): void {
    const name = this.getQueryArgument("name", "", { strip: false });
    this.setCookie(name, this.getQueryArgument("value", "", { strip: false }), cookieOptions(this));
    this.setCookie("second", "2");
    const then = this.getQueryArgument("then", "");
    if (then === "error") this.sendError(410);
    else if (then === "redirect") this.redirect("/elsewhere");
    else if (then === "clear") this.clearCookie(name);
  }
}

class GetCookie extends RequestHandler {
  override get(): void {
    for (const name of ["a", "b", "c", "d"]) this.write(`${name}=${this.getCookie(name, "none")}\n`);
  }
}

class Signed extends RequestHandler {
  override get(): void {
    const version = Number(this.getQueryArgument("version", "2"));
    this.setSecureCookie("user", this.getQueryArgument("value", "ada"), { version });
  }
  override post(): void {
    const value = this.getSecureCookie("user", { minVersion: Number(this.getQueryArgument("min", "1")) });
    const text = value === null ? "none" : Array.from(value, (byte) => String.fromCharCode(byte)).join("");
    this.write(`${text} ${this.getSecureCookieKeyVersion("user") ?? "none"}`);
  }
  override checkXsrfCookie(): void {}
}

class Xsrf extends RequestHandler {
  override get(): void {
    this.write(this.xsrfFormHtml());
  }
  override post(): void {
    this.write(`accepted ${this.getBodyArgument("a", "none")}`);
  }
  override put(): void {
    this.post();
  }
  override delete(): void {
    this.post();
  }
  override patch(): void {
    this.post();
  }
  override options(): void {
    this.post();
  }
}

class StaticUrl extends RequestHandler {
  override get(path: string): void {
    this.write(`${this.staticUrl(path)} ${this.staticUrl(path, { includeHost: true, includeVersion: false })}`);
  }
}

class Compressed extends RequestHandler {
  override get(kind: string): void {
    if (kind === "short") return this.write("x".repeat(1023));
    if (kind === "error") return this.sendError(500);
    if (kind === "image") this.setHeader("Content-Type", "image/png");
    if (kind === "coded") this.setHeader("Content-Encoding", "own");
    if (kind === "vary") this.setHeader("Vary", "Cookie");
    const text = ["image", "coded", "vary"].includes(kind) ? "x".repeat(3000) : "é".repeat(2000);
    if (kind === "json") this.setHeader("Content-Type", "application/json; charset=UTF-8");
    this.write(text);
  }
  override head(kind: string): void {
    this.get(kind);
  }
}

class CompressedStream extends RequestHandler {
  override async get(): Promise<void> {
    for (const chunk of ["one", "", "two".repeat(1000)]) {
      this.write(chunk);
      await this.flush();
    }
    this.write("three");
  }
}

const SECRETS = { 0: "old secret", 1: "new secret" };

function application(root: string, settings: Settings = {}): Application {
  return new Application([
    ["/set_cookie", SetCookie],
    ["/get_cookie", GetCookie],
    ["/signed", Signed],
    ["/xsrf", Xsrf],
    ["/static_url/(.*)", StaticUrl],
    ["/compressed/stream", CompressedStream],
    ["/compressed/(.*)", Compressed],
    ["/files/(.*)", StaticFileHandler, { path: root, defaultFilename: "index.html" }],
  ], {
    staticPath: root,
    cookieSecret: SECRETS,
    keyVersion: 1,
    xsrfCookies: true,
    logFunction() {},
    ...settings,
  });
}

/** Fills the directory of static files; all are old, and of a whole second. */
function fill(dir: TempDir): void {
  dir.write("hello.txt", "Hello, static world\n");
  dir.write("empty.html", "");
  dir.write("page.html", "<p>page</p>".repeat(300));
  dir.write("style.css", "a { color: red }\n".repeat(100));
  dir.write("data.json", '{"a": 1}');
  dir.write("picture.png", Uint8Array.from({ length: 5000 }, (_, i) => i % 256));
  dir.write("archive.tar.gz", "not really");
  dir.write("unknown.xyzzy", "?");
  dir.write("noextension", "?");
  dir.write("ünïcode name.txt", "unicode");
  dir.write("sub/index.html", "<p>index</p>");
  dir.write("sub/other.html", "<p>other</p>");
  dir.write("robots.txt", "User-agent: *\n");
  for (const entry of Deno.readDirSync(dir.path)) Deno.utimeSync(`${dir.path}/${entry.name}`, 1700000000, 1700000000);
  Deno.utimeSync(`${dir.path}/sub/index.html`, 1700000000, 1700000000);
  Deno.utimeSync(`${dir.path}/sub/other.html`, 1700000000, 1700000000);
}

interface Asked {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answered {
  readonly head: readonly string[];
  readonly body: string;
}

function describe({ method = "GET", target, headers = {}, body = "" }: Asked): string {
  return `${method} ${target} ${JSON.stringify(headers)} ${body}`;
}

/** Asks one server, and takes out what differs each time: the date, our name, what engines say of connections. */
async function ask(port: number, { method = "GET", target, headers = {}, body = "" }: Asked): Promise<Answered> {
  const all: Record<string, string> = { Host: "localhost", Connection: "close", ...headers };
  if (body !== "") all["Content-Length"] = String(body.length);
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = await RawClient.exchange(port, `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
  const end = answer.indexOf("\r\n\r\n");
  const head = answer.slice(0, end).split("\r\n").filter((line) => !/^(?:Date|Server|Connection|Allow):/.test(line));
  let content = answer.slice(end + 4);
  if (head.includes("Transfer-Encoding: chunked")) content = dechunked(content);
  if (!head.includes("Content-Encoding: gzip")) return { head, body: content };
  // Two compressors need not come to the same length.
  const zipped = Uint8Array.from(content, (char) => char.charCodeAt(0));
  const plain = zipped.length === 0 ? "" : gunzipSync(zipped).toString("latin1");
  return { head: head.filter((line) => !line.startsWith("Content-Length")), body: plain };
}

function dechunked(body: string): string {
  let text = "";
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf("\r\n", at);
    const length = parseInt(body.slice(at, lineEnd), 16);
    text += body.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
  return text;
}

/** An answer with what is random or of the time in it made equal. */
function settled({ head, body }: Answered): Answered {
  const masked = (text: string) =>
    text.replace(/\b2\|[0-9a-f]{8}\|[0-9a-f]+\|\d{10}\b/g, "XSRF")
      .replace(/\|10:\d{10}\|/g, "|TIME|").replace(/\|\d{10}\|/g, "|TIME|")
      .replace(/\|[0-9a-f]{40,64}(?=["; ]|$)/g, "|SIGNATURE")
      .replace(/((?:e|E)xpires[=:] ?)[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20(?:2[4-9]|3\d) [0-9:]{8} GMT/g, "$1LATER");
  const settledBody = masked(body);
  const coded = head.some((line) => line.startsWith("Content-Encoding"));
  const settledHead = head.map((line) => {
    if (!line.startsWith("Etag")) return masked(line);
    if (settledBody !== body) return "Etag: of another body";
    // One of the differences below.
    return coded ? line.replace("W/", "") : line;
  });
  return { head: settledHead, body: settledBody };
}

const FILES = [
  "hello.txt",
  "empty.html",
  "page.html",
  "style.css",
  "data.json",
  "picture.png",
  "archive.tar.gz",
  "unknown.xyzzy",
  "noextension",
  "%C3%BCn%C3%AFcode%20name.txt",
  "sub/",
  "sub",
  "sub/index.html",
];

const LOST = [
  "",
  "missing",
  "hello.txt/",
  "hello.txt/x",
  "sub//index.html",
  "sub/./index.html",
  "sub/../hello.txt",
  "..",
  "../x",
  "%2e%2e/x",
  "%2e%2e%2fx",
  "sub/%2e%2e/%2e%2e/x",
  "/etc/passwd",
  "%2fetc%2fpasswd",
  "..%5cx",
  "x".repeat(300),
  "%ff",
  "hello.txt%20",
  `hello.txt?v=${createHash("sha512").update("Hello, static world\n").digest("hex")}`,
  "hello.txt?x=1",
];

const MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT";

const CONDITIONS: Record<string, string>[] = [
  {},
  { Range: "bytes=0-0" },
  { Range: "bytes=2-5" },
  { Range: "bytes=5-" },
  { Range: "bytes=-3" },
  { Range: "bytes=-0" },
  { Range: "bytes=0-" },
  { Range: "bytes=0-99999" },
  { Range: "bytes=99999-" },
  { Range: "bytes=5-2" },
  { Range: "bytes=x" },
  { Range: "lines=1-2" },
  { "If-None-Match": "*" },
  { "If-None-Match": '"x"' },
  { "If-None-Match": '"x"', "If-Modified-Since": MODIFIED },
  { "If-Modified-Since": MODIFIED },
  { "If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT" },
  { "If-Modified-Since": "Tue, 14 Nov 2023 22:13:21 GMT" },
  { "If-Modified-Since": MODIFIED, Range: "bytes=0-1" },
  { "If-Modified-Since": "nonsense" },
];

function staticRequests(): Asked[] {
  const requests: Asked[] = [];
  for (const file of FILES) {
    for (const headers of CONDITIONS) {
      requests.push({ target: `/files/${file}`, headers });
      // HEAD with a Range is one of the differences below.
      if (!("Range" in headers)) requests.push({ method: "HEAD", target: `/files/${file}`, headers });
    }
  }
  for (const path of LOST) {
    for (const prefix of ["/files/", "/static/"]) requests.push({ target: prefix + path });
  }
  for (const target of ["/robots.txt", "/favicon.ico", "/static/hello.txt", "/static/sub", "//files/sub"]) {
    requests.push({ target }, { target, method: "POST" });
  }
  for (const path of ["hello.txt", "sub/index.html", "missing", "../beside-the-root", "%C3%BCn%C3%AFcode%20name.txt"]) {
    requests.push({ target: `/static_url/${path}` });
  }
  return requests;
}

const COOKIES = [
  "a=1",
  "a=1; b=2",
  "a=1;b=2",
  "a = 1 ; b = 2",
  "a=1; a=2",
  'a="quoted"; b=plain',
  'a="with \\"quotes\\""',
  'a="\\073\\054\\040"',
  'a="unterminated',
  "a",
  "=a",
  "a=",
  ";;;a=1;;",
  "a=1; path=/; b=2; domain=x",
  "a=1; b c=2; d=3",
  "a=\xe9",
  'a="\\351"',
  "a=1, b=2",
  "a=b=c",
  "$Version=1; a=1",
  "a=" + "x".repeat(5000),
];

function cookieRequests(): Asked[] {
  const requests: Asked[] = COOKIES.map((Cookie) => ({ target: "/get_cookie", headers: { Cookie } }));
  const options = [
    "",
    "domain=example.com",
    "path=/p",
    "path=",
    "samesite=Lax&secure=1",
    "samesite=None&httponly=1&secure=1",
    "max_age=5",
    "max_age=-1",
    "expires=1700000000",
    "expires=0",
    "expires=1700000000&max_age=60&httponly=1&secure=1&domain=x.org&path=/y&samesite=Strict",
    "then=error",
    "then=redirect",
    "then=clear",
  ];
  const values = ["plain", "", "a%3Db", "a%3Bb", "a%2Cb", "a%22b", "a%5Cb", "%C3%A9", "%7F", "(%2F)", "a%20b", "a%0Ab"];
  for (const more of options) requests.push({ target: `/set_cookie?name=a&value=v&${more}` });
  for (const value of values) requests.push({ target: `/set_cookie?name=a&value=${value}` });
  for (const name of ["second", "Path", "a%3Bb", "a%20b", "%C3%A9", "", "~%3A", "%24a"]) {
    requests.push({ target: `/set_cookie?name=${name}&value=v` });
  }
  return requests;
}

function signed(value: string, options: CreateSignedValueOptions & { name?: string; secret?: string } = {}): string {
  const { name = "user", secret, ...how } = options;
  return new TextDecoder().decode(createSignedValue(secret ?? SECRETS, name, value, how));
}

function signedRequests(): Asked[] {
  const old = () => Date.now() / 1000 - 40 * 86400;
  const good = signed("ada", { keyVersion: 1 });
  const values = [
    good,
    signed("ada", { keyVersion: 0 }),
    signed("", { keyVersion: 1 }),
    signed("vält€", { keyVersion: 1 }),
    signed("ada", { keyVersion: 1, clock: old }),
    signed("ada", { keyVersion: 1, name: "other" }),
    signed("ada", { secret: "wrong secret" }),
    signed("ada", { secret: "new secret" }),
    signed("ada", { secret: "old secret" }),
    good.slice(0, -1),
    good + "0",
    good.replace("1:1", "1:0"),
    good.replace("1:1", "1:7"),
    good.replace("YWRh", "YWRi"),
    good.replace(/^2/, "3"),
    "2|",
    "2|1:0|",
  ];
  return [
    ...["2", ""].map((version) => ({ target: `/signed?value=ada&version=${version || 2}` })),
    { target: "/signed?value=%C3%A4%20b" },
    { target: "/signed?version=1" },
    { target: "/signed?version=7" },
    { method: "POST", target: "/signed" },
    ...values.flatMap((value) =>
      [`user=${value}`, `user="${value}"`].map((Cookie) => ({ method: "POST", target: "/signed", headers: { Cookie } }))
    ),
    { method: "POST", target: "/signed?min=2", headers: { Cookie: `user=${good}` } },
    { method: "POST", target: "/signed?min=3", headers: { Cookie: `user=${good}` } },
  ];
}

function xsrfRequests(): Asked[] {
  const raw = "00112233445566778899aabbccddeeff";
  const masked = "2|01010101|01102332455467769889abaacdd" + "cefee|1700000000";
  const cookies = [raw, masked, "2|bad", "3|x|y|z", "nothex", "", `${raw}00`];
  const tokens = [raw, masked, "2|01020304|00|x", "3|x|y|z", "nothex", "", " ", `${raw}00`];
  const requests: Asked[] = cookies.map((cookie) => ({ target: "/xsrf", headers: { Cookie: `_xsrf=${cookie}` } }));
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  for (const cookie of cookies) {
    for (const token of tokens) {
      const headers = { ...form, Cookie: `_xsrf=${cookie}` };
      requests.push({ method: "POST", target: "/xsrf", headers, body: `a=1&_xsrf=${encodeURIComponent(token)}` });
    }
  }
  const known = { ...form, Cookie: `_xsrf=${raw}` };
  requests.push({ target: "/xsrf" }, { method: "POST", target: "/xsrf" }, { method: "OPTIONS", target: "/xsrf" });
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    requests.push({ method, target: "/xsrf", headers: known });
    requests.push({ method, target: "/xsrf", headers: { ...known, "X-XSRFToken": masked } });
  }
  for (const name of ["X-XSRFToken", "X-CSRFToken", "X-Token"]) {
    requests.push({ method: "POST", target: "/xsrf", headers: { ...known, [name]: raw }, body: "a=1" });
    requests.push({ method: "POST", target: "/xsrf", headers: { ...known, [name]: raw }, body: "_xsrf=x" });
  }
  requests.push({ method: "POST", target: `/xsrf?_xsrf=${raw}`, headers: known, body: "a=1" });
  requests.push({ method: "POST", target: "/xsrf", headers: known, body: "_xsrf=%ff" });
  requests.push({ method: "POST", target: "/nowhere" }, { method: "FOO", target: "/xsrf" });
  return requests;
}

function compressedRequests(): Asked[] {
  const requests: Asked[] = [];
  const targets = [
    ...["short", "image", "coded", "vary", "json", "error", "long"].map((kind) => `/compressed/${kind}`),
    "/compressed/stream",
    "/files/page.html",
    "/files/hello.txt",
    "/files/picture.png",
    "/files/style.css",
    "/files/sub",
    "/nowhere",
  ];
  for (const target of targets) {
    for (const accepted of ["", "gzip", "gzip, deflate", "deflate, gzip;q=0.5", "identity", "compress"]) {
      const headers: Record<string, string> = accepted === "" ? {} : { "Accept-Encoding": accepted };
      // Text files are one of the differences below.
      if (/\.(?:txt|html|css)/.test(target) && accepted.includes("gzip")) continue;
      requests.push({ target, headers }, { target, headers, method: "HEAD" });
    }
  }
  return requests;
}

/** The Tornado applications, plain and compressing. */
async function withTornado(root: string, run: (ports: number[]) => Promise<void>): Promise<void> {
  const script = new URL("./web_differential.py", import.meta.url).pathname;
  const python = new Deno.Command("/usr/bin/python3", { args: ["-W", "ignore", script, root], stdout: "piped" })
    .spawn();
  const reader = python.stdout.getReader();
  try {
    const decoder = new TextDecoder();
    let printed = "";
    while (printed.split("\n").length < 3) printed += decoder.decode((await reader.read()).value, { stream: true });
    await run(printed.split("\n").slice(0, 2).map(Number));
  } finally {
    await reader.cancel();
    python.kill("SIGKILL");
    await python.status;
  }
}

interface Group {
  readonly name: string;
  readonly requests: () => Asked[];
  readonly settings: Settings;
  /** The loggers that have something to say of the bad ones. */
  readonly loggers: readonly string[];
}

const GENERAL = "tornado.general";
const APPLICATION = "tornado.application";
const GROUPS: readonly Group[] = [
  { name: "static files", requests: staticRequests, settings: {}, loggers: [GENERAL] },
  { name: "cookies", requests: cookieRequests, settings: {}, loggers: [APPLICATION] },
  { name: "signed cookies", requests: signedRequests, settings: {}, loggers: [GENERAL, APPLICATION] },
  { name: "XSRF", requests: xsrfRequests, settings: {}, loggers: [GENERAL] },
  { name: "compression", requests: compressedRequests, settings: { compressResponse: true }, loggers: [] },
];

for (const { name, requests: requestsOf, settings, loggers } of GROUPS) {
  test(`${name}: an application answers as on Tornado`, async (t) => {
    for (const logger of loggers) t.expectLog(logger, /./);
    using dir = new TempDir();
    fill(dir);
    await withTornado(dir.path, async (ports) => {
      await using server = application(dir.path, settings).listen(0, { address: "127.0.0.1" });
      const port = ports[settings.compressResponse ? 1 : 0];
      const requests = requestsOf();
      for (const request of requests) {
        const [ours, theirs] = [await ask(server.port, request), await ask(port, request)];
        assertEquals(settled(ours), settled(theirs), describe(request));
      }
      console.info(`${requests.length} requests`);
    });
  });
}

/** What Tornado answers, and what we do: status and those headers. Each of these is in docs/differences.md. */
const DIFFERENCES: [request: Asked, theirs: string[], ours: string[]][] = [
  // Several ranges, and If-Range.
  [{ target: "/files/hello.txt", headers: { Range: "bytes=0-1,3-4" } }, ["200"], ["206"]],
  [{ target: "/files/hello.txt", headers: { Range: "bytes=0-1", "If-Range": '"x"' } }, ["206"], ["200"]],
  [{ target: "/files/hello.txt", headers: { Range: "bytes=5" } }, ["206"], ["200"]],
  [{ method: "HEAD", target: "/files/hello.txt", headers: { Range: "bytes=0-1" } }, ["206"], ["200"]],
  [{ target: "/files/hello.txt", headers: { "If-Match": '"x"' } }, ["200"], ["412"]],
  // Links out of the directory.
  [{ target: "/files/link.txt" }, ["200"], ["403"]],
  // A weight of 0 means no, and there are other codings.
  [{ target: "/compressed/long", headers: { "Accept-Encoding": "gzip;q=0" } }, ["200", "gzip"], ["200"]],
  [{ target: "/compressed/long", headers: { "Accept-Encoding": "gzip, br" } }, ["200", "gzip"], ["200", "br"]],
  [{ target: "/compressed/long", headers: { "Accept-Encoding": "br" } }, ["200"], ["200", "br"]],
  // Short files, parts of files, ranges of what is compressed.
  [{ target: "/files/hello.txt", headers: { "Accept-Encoding": "gzip" } }, ["200", "gzip", "ranges"], [
    "200",
    "ranges",
  ]],
  [
    { target: "/files/page.html", headers: { "Accept-Encoding": "gzip", Range: "bytes=0-2000" } },
    ["206", "gzip", "ranges"],
    ["206", "ranges"],
  ],
  [{ target: "/files/page.html", headers: { "Accept-Encoding": "gzip" } }, ["200", "gzip", "ranges"], ["200", "gzip"]],
  // A cookie of version 1 where there are several secrets.
  [{ method: "POST", target: "/signed", headers: { Cookie: "user=a|1|b" } }, ["500"], ["200"]],
];

test("differences from Tornado are those of the documentation", async (t) => {
  t.expectLog(GENERAL, /link out of the root/);
  using dir = new TempDir();
  fill(dir);
  using outside = new TempDir();
  Deno.symlinkSync(outside.write("secret.txt", "secret"), `${dir.path}/link.txt`);
  const show = ({ head }: Answered) => {
    const [, status] = head[0].split(" ");
    const coding = head.filter((line) => line.startsWith("Content-Encoding: ")).map((line) => line.slice(18));
    return [status, ...coding, ...(coding.length > 0 || head.includes("Vary: Accept-Encoding") ? ranges(head) : [])];
  };
  const ranges = (head: readonly string[]) => head.includes("Accept-Ranges: bytes") ? ["ranges"] : [];
  await withTornado(dir.path, async ([plain, compressing]) => {
    await using ours = application(dir.path).listen(0, { address: "127.0.0.1" });
    const settings = { compressResponse: true };
    await using oursCompressing = application(dir.path, settings).listen(0, { address: "127.0.0.1" });
    for (const [request, theirs, own] of DIFFERENCES) {
      const coded = request.headers?.["Accept-Encoding"] !== undefined;
      assertEquals(show(await ask(coded ? compressing : plain, request)), theirs, `Tornado: ${describe(request)}`);
      const port = coded ? oursCompressing.port : ours.port;
      assertEquals(show(await ask(port, request)), own, `Twister: ${describe(request)}`);
    }
  });
});

/** A browser as far as cookies go: it keeps them in one jar for both servers, as behind a load balancer. */
class Visitor {
  readonly #cookies: Map<string, string> = new Map();

  async ask(port: number, request: Asked): Promise<Answered> {
    const Cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...request.headers, ...(Cookie === "" ? {} : { Cookie }) };
    const answered = await ask(port, { ...request, headers });
    for (const line of answered.head) {
      const [, name, value] = /^Set-Cookie: ([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined) this.#cookies.set(name, value);
    }
    return answered;
  }
}

test("a visitor who is sent to Tornado and here by turns stays logged in, and the forms work", async () => {
  using dir = new TempDir();
  fill(dir);
  await withTornado(dir.path, async ([theirs]) => {
    await using server = application(dir.path).listen(0, { address: "127.0.0.1" });
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    for (const [first, second] of [[theirs, server.port], [server.port, theirs]]) {
      const visitor = new Visitor();
      await visitor.ask(first, { target: "/signed?value=ada" });
      for (const port of [second, first, second]) {
        assertEquals((await visitor.ask(port, { method: "POST", target: "/signed" })).body, "ada 1");
        const [, token = ""] = /value="([^"]+)"/.exec((await visitor.ask(port, { target: "/xsrf" })).body) ?? [];
        const other = port === first ? second : first;
        const body = `a=sent&_xsrf=${encodeURIComponent(token)}`;
        const sent = await visitor.ask(other, { method: "POST", target: "/xsrf", headers: form, body });
        assertEquals(sent.body, "accepted sent");
      }
    }
  });
});
