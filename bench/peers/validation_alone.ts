// What handlers take for a request, without its connection: prints, as JSON, the microseconds of the processor for each
// in each of many short rounds. All are in one process and take turns, since compilers make something else of equal
// programs in each process.
import { cpuUsage } from "node:process";
import { serializeHeaders } from "../../src/http/_httputil/headers.ts";
import { HTTPHeaders, HTTPServerRequest, RequestStartLine } from "../../src/http/httputil.ts";
import { utf8 } from "../../src/util/escape.ts";
import { Application } from "../../src/web/mod.ts";
import { FakeConnection } from "../../tests/support/fake_connection.ts";
import { handlers, orderText, pathOf, plainHandlers } from "./validation_handlers.ts";

const WARM_UP = 40_000;
const REQUESTS = 1000;
const ROUNDS = Number(Deno.args[0] ?? 100);

/** Makes the text of the headers, which a real one sends. */
class TextConnection extends FakeConnection {
  length = 0;

  override respond(_startLine: unknown, headers: HTTPHeaders): void {
    this.length += serializeHeaders(headers).length;
  }
}

const connection = new TextConnection("POST");
const names = [...plainHandlers].flatMap(([name, plain]) => plain === "plain" ? [name] : []);
const rules = Array.from(handlers, ([name, handler]) => [pathOf(name), handler] as const);
const app = new Application(rules, { logFunction() {} });
const body = utf8(orderText);

function run(name: string, requests: number): number {
  const startLine = new RequestStartLine("POST", pathOf(name), "HTTP/1.1");
  const start = cpuUsage();
  for (let i = 0; i < requests; i++) {
    const headers = new HTTPHeaders({ Host: "localhost", "Content-Type": "application/json" });
    const delegate = app.findHandler(new HTTPServerRequest({ startLine, headers, connection }));
    delegate.headersReceived(startLine, headers);
    delegate.dataReceived(body);
    delegate.finish();
  }
  const { user, system } = cpuUsage(start);
  return (user + system) / requests;
}

for (let done = 0; done < WARM_UP; done += REQUESTS) for (const name of names) run(name, REQUESTS);
const samples = new Map(names.map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const name of round % 2 === 0 ? names : names.toReversed()) samples.get(name)?.push(run(name, REQUESTS));
}
console.log(JSON.stringify(Object.fromEntries(samples)));
