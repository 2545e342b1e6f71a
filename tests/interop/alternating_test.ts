/** One site, served by Twister and by python3-tornado in turns behind one nginx: its visitors must not notice. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Application } from "../../src/web/mod.ts";
import { startNginx } from "../support/nginx.ts";
import { test } from "../support/test.ts";
import { makeSite, startTornado, type Variant } from "./alternating/site.ts";

const ENGINES = ["listen", "serve"] as const;
const PROXIES = ["10.1.2.3", "127.0.0.1"];

const PLAIN: Variant = {
  secret: "gehéim ✓",
  keyVersion: null,
  theirKeyVersion: null,
  cookieVersion: 2,
  xsrfVersion: 2,
  trustedDownstream: PROXIES,
};
const VARIANTS: Readonly<Record<string, Variant>> = {
  "version 2": PLAIN,
  "version 1": { ...PLAIN, cookieVersion: 1, xsrfVersion: 1 },
  "a new key here": { ...PLAIN, secret: { 1: "the old one", 2: "the new one ✓" }, keyVersion: 2, theirKeyVersion: 1 },
  "a new key there": { ...PLAIN, secret: { 1: "the old one", 2: "the new one ✓" }, keyVersion: 1, theirKeyVersion: 2 },
};
const NAMES = ["ada", "Ünal Çelik", "日本 🙂", 'a|b:c;d="e",', " ", "x".repeat(500)];

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser with one jar of cookies, which knows who answered. */
class Visitor {
  readonly cookies: Map<string, string> = new Map();
  /** The servers that answered, by their first letters. */
  readonly servers: string[] = [];
  readonly #origin: string;

  constructor(port: number) {
    this.#origin = `http://127.0.0.1:${port}`;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.#ask(path, { headers });
  }

  async post(path: string, form: Readonly<Record<string, string>>, headers = {}): Promise<Answer> {
    return await this.#ask(path, { method: "POST", body: new URLSearchParams(form), headers });
  }

  async #ask(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers(init.headers);
    headers.set("Cookie", Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(this.#origin + path, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    this.servers.push(response.headers.get("Server")?.slice(0, 7) ?? "");
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #keep(cookie: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    const expires = /; expires=([^;]+)/i.exec(cookie)?.[1];
    if (expires !== undefined && Date.parse(expires) < Date.now()) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function tokenOf(html: string): string {
  return /name="_xsrf" value="([^"]+)"/.exec(html)?.[1] ?? "";
}

function upstream(...ports: readonly number[]): string {
  const servers = ports.map((port) => `server 127.0.0.1:${port};`);
  return `upstream site${ports[0]} { ${servers.join(" ")} keepalive 8; }`;
}

function proxyTo(port: number): string {
  return `location / {
    proxy_pass http://site${port};
    proxy_http_version 1.1;
    proxy_next_upstream off;
    proxy_pass_header Server;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto https;
  }`;
}

/** Serves all variants from both sides, and calls `visit` with the port of each at nginx. */
async function withSites(
  engine: typeof ENGINES[number],
  visit: (port: number, variant: Variant, name: string) => Promise<void>,
): Promise<void> {
  const variants = Object.entries(VARIANTS);
  await using ours = new AsyncDisposableStack();
  const ourPorts = variants.map(([, variant]) => {
    const options = { address: "127.0.0.1", xheaders: true, trustedDownstream: variant.trustedDownstream };
    return ours.use(listen(makeSite(variant), engine, options)).port;
  });
  await using theirs = await startTornado(variants.map(([, variant]) => variant));
  await using nginx = await startNginx(
    ourPorts.map(proxyTo),
    ourPorts.map((port, i) => upstream(port, theirs.ports[i])).join("\n"),
  );
  for (const [i, [name, variant]] of variants.entries()) await visit(nginx.ports[i], variant, name);
}

function listen(
  app: Application,
  engine: typeof ENGINES[number],
  options: { address: string; xheaders: boolean; trustedDownstream: readonly string[] },
): AsyncDisposable & { port: number } {
  return engine === "serve" ? app.listen(0, { ...options, engine }) : app.listen(0, options);
}

function assertInTurns(servers: readonly string[], context: string): void {
  servers.forEach((server, i) => {
    assert(server === "Twister" || server === "Tornado", `${context}: ${server} answered`);
    if (i > 0) assertNotEquals(server, servers[i - 1], `${context}: not in turns`);
  });
}

/** Seven requests: an odd number, so that each is answered by the other server in the next round. */
async function stay(visitor: Visitor, name: string, variant: Variant, context: string): Promise<void> {
  const start = await visitor.get("/login");
  const login = await visitor.post("/login", { name, _xsrf: tokenOf(start.text) });
  assertEquals([login.status, login.headers.get("Location")], [302, "/me"], context);
  const signer = visitor.servers.at(-1) === "Twister" ? variant.keyVersion : variant.theirKeyVersion;
  const version = variant.cookieVersion === 1 ? "-" : signer ?? 0;
  // Arguments are stripped of white space, here and there.
  const user = name.trim();
  const me = await visitor.get("/me");
  if (user === "") assertEquals(me.status, 302, context);
  else assertEquals([me.status, me.text], [200, `${user}|${version}`], context);

  const form = await visitor.get("/note");
  const text = `${user} schrieb: <ü> & ✓`;
  const _xsrf = tokenOf(form.text) || tokenOf(start.text);
  const note = await visitor.post("/note", { text, _xsrf });
  if (user === "") assertEquals(note.status, 403, context);
  else assertEquals([note.status, note.text], [200, `${user}: ${text}`], context);

  const logout = await visitor.post("/logout", {}, { "X-XSRFToken": _xsrf });
  assertEquals(logout.status, 302, context);
  const after = await visitor.get("/me");
  assertEquals([after.status, after.headers.get("Location")], [302, "/login?next=%2Fme"], context);
  assertEquals([...visitor.cookies.keys()], ["_xsrf"], context);
}

for (const engine of ENGINES) {
  test(`who logs in on one of Twister and Tornado is logged in on the other (${engine})`, async () => {
    await withSites(engine, async (port, variant, variantName) => {
      // The token of the first round serves for all.
      const visitor = new Visitor(port);
      for (const name of [...NAMES, ...NAMES]) await stay(visitor, name, variant, `${variantName}, ${name}`);
      assertInTurns(visitor.servers, variantName);
    });
  });

  test(`a signed cookie and a form that were tampered with are refused by both (${engine})`, async (t) => {
    t.expectLog("tornado.general", /^(?:403 POST|Invalid cookie signature|Signed value with a wrong signature)/);
    await withSites(engine, async (port, _, variantName) => {
      const visitor = new Visitor(port);
      const _xsrf = tokenOf((await visitor.get("/login")).text);
      await visitor.post("/login", { name: "ada", _xsrf });
      const [head = "", tail = ""] = (visitor.cookies.get("user") ?? "").split(/(?=.{9}$)/);
      for (let i = 0; i < 2; i++) {
        visitor.cookies.set("user", head + tail.replace(/[0-9a-f]/g, (digit) => digit === "0" ? "1" : "0"));
        assertEquals((await visitor.get("/me")).status, 302, variantName);
      }
      for (const token of ["", "2|00000000|00|1", "0".repeat(32)]) {
        for (let i = 0; i < 2; i++) {
          assertEquals((await visitor.post("/login", { name: "eve", _xsrf: token })).status, 403, variantName);
        }
      }
      assertInTurns(visitor.servers, variantName);
    });
  });

  test(`a page of UI modules has the same bytes from Twister and Tornado (${engine})`, async () => {
    await withSites(engine, async (port, variant, variantName) => {
      const visitor = new Visitor(port);
      const start = await visitor.get("/login");
      await visitor.post("/login", { name: "Ünal & Söhne", _xsrf: tokenOf(start.text) });
      const [one, other] = [await visitor.get("/page"), await visitor.get("/page")];
      assertInTurns(visitor.servers, variantName);
      assert(one.text.includes("<p>Ünal &amp; Söhne</p>"), one.text);
      // Of version 2 each token looks different.
      const page = ({ text }: Answer) => variant.xsrfVersion === 1 ? text : text.replace(tokenOf(text), "");
      assertEquals(page(one), page(other), variantName);
      if (variant.xsrfVersion === 1) assertEquals(one.headers.get("Etag"), other.headers.get("Etag"));

      const urls = Array.from(one.text.matchAll(/"(\/static\/[^"]+\?v=[0-9a-f]{128})"/g), ([, url = ""]) => url);
      assertEquals(urls.map((url) => url.replace(/\?.*/, "")), [
        ...["/static/site.css", "/static/entry.css", "/static/bild-ü.svg", "/static/entry.js"],
      ]);
      for (const url of urls) {
        const [first, second] = [await visitor.get(url), await visitor.get(url)];
        assertEquals([first.status, second.status], [200, 200], url);
        assertEquals(first.text, second.text, url);
        for (const name of ["Etag", "Last-Modified", "Cache-Control", "Content-Length"]) {
          assertEquals(first.headers.get(name), second.headers.get(name), `${url}: ${name}`);
        }
        const known = { "If-None-Match": second.headers.get("Etag") ?? "" };
        for (let i = 0; i < 2; i++) assertEquals((await visitor.get(url, known)).status, 304, url);
      }
      assertInTurns(visitor.servers, variantName);
    });
  });

  test(`Twister and Tornado behind nginx see the same client (${engine})`, async () => {
    await withSites(engine, async (port, _, variantName) => {
      const visitor = new Visitor(port);
      const cases: [string | null, string][] = [
        [null, "127.0.0.1 https"],
        ["203.0.113.9", "203.0.113.9 https"],
        ["6.6.6.6, 203.0.113.9", "203.0.113.9 https"],
        ["203.0.113.9, 10.1.2.3", "203.0.113.9 https"],
        ["10.1.2.3, 2001:db8::1, 10.1.2.3", "2001:db8::1 https"],
        ["203.0.113.9, nobody", "127.0.0.1 https"],
      ];
      for (const [forwarded, expected] of cases) {
        const headers: Record<string, string> = forwarded === null ? {} : { "X-Forwarded-For": forwarded };
        for (let i = 0; i < 2; i++) {
          const answer = await visitor.get("/peer", headers);
          assertEquals(answer.text, expected, `${forwarded} at ${visitor.servers.at(-1)}`);
        }
      }
      assertInTurns(visitor.servers, variantName);
    });
  });
}
