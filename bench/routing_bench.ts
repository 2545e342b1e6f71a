// What finding a handler costs, and what lies around it: patterns turned into paths, a whole request, the ETag of its
// body.
import { createHash } from "node:crypto";
import { match } from "npm:path-to-regexp@8.3.0";
import { HTTPHeaders, HTTPServerRequest, RequestStartLine } from "../src/http/httputil.ts";
import { quotedSha1 } from "../src/internal/digest/sha1.ts";
import { Application, RequestHandler, type RuleTuple } from "../src/web/mod.ts";
import { FakeConnection } from "../tests/support/fake_connection.ts";

class Hello extends RequestHandler {
  override get(..._groups: string[]): void {
    this.write("Hello, world");
  }
}

const ROUTES = 100;
const literals = Array.from({ length: ROUTES }, (_, i): RuleTuple => [`/section/page${i}`, Hello]);
const patterns = Array.from(
  { length: ROUTES },
  (_, i): RuleTuple => [`/section${i}/([0-9]+)/(.*)`, Hello, {}, `p${i}`],
);
const silent = { logFunction() {} };
const literalApp = new Application(literals, silent);
const patternApp = new Application(patterns, silent);
const mixedApp = new Application([["/", Hello], ["/story/([0-9]+)", Hello]], silent);

class NullConnection extends FakeConnection {
  override respond(): void {}
}

const connection = new NullConnection();
const headers = new HTTPHeaders({ Host: "localhost", "User-Agent": "bench", Accept: "*/*" });

function request(path: string): HTTPServerRequest {
  return new HTTPServerRequest({ startLine: new RequestStartLine("GET", path, "HTTP/1.1"), headers, connection });
}

Deno.bench("request object alone", { group: "find", baseline: true }, () => void request("/").path);
Deno.bench(
  "last of 100 literal paths",
  { group: "find" },
  () => void literalApp.findHandler(request("/section/page99")),
);
Deno.bench("first of 100 patterns", { group: "find" }, () => void patternApp.findHandler(request("/section0/1/x")));
Deno.bench("last of 100 patterns", { group: "find" }, () => void patternApp.findHandler(request("/section99/1/x")));
const expressMatchers = Array.from({ length: ROUTES }, (_, i) => match(`/section${i}/:id/*rest`));
Deno.bench("last of 100 patterns: path-to-regexp", { group: "find" }, () => {
  for (const matches of expressMatchers) if (matches("/section99/1/x") !== false) return;
});
for (const count of [10, 1000, 5000]) {
  const rules = Array.from({ length: count }, (_, i): RuleTuple => {
    return [i % 10 < 3 ? `/section${i}/([0-9]+)` : `/section${i}/page`, Hello];
  });
  const app = new Application([...rules, ["/last/([0-9]+)", Hello]], silent);
  Deno.bench(`last of ${count} rules`, { group: "find" }, () => void app.findHandler(request("/last/7")));
}
Deno.bench("groups with escapes", { group: "find" }, () => void patternApp.findHandler(request("/section0/1/%C3%A9")));

Deno.bench("reverseUrl", () => void patternApp.reverseUrl("p50", 7, "a b"));

function answer(app: Application, path: string): void {
  const delegate = app.startRequest(connection, connection);
  delegate.headersReceived(new RequestStartLine("GET", path, "HTTP/1.1"), headers);
  delegate.finish();
}

Deno.bench("hello, without a network", { group: "request", baseline: true }, () => answer(mixedApp, "/"));
Deno.bench("hello with a group", { group: "request" }, () => answer(mixedApp, "/story/7"));

for (const size of [12, 55, 119, 120, 1000]) {
  const body = "x".repeat(size);
  const group = `ETag of ${size} bytes`;
  Deno.bench(`${group}: ours`, { group, baseline: true }, () => void quotedSha1(body));
  Deno.bench(`${group}: node:crypto`, { group }, () => void createHash("sha1").update(body).digest("hex"));
}
