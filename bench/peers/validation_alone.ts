// What a handler takes for a request, without its connection: prints the microseconds of the processor for each.
import { cpuUsage } from "node:process";
import { HTTPHeaders, HTTPServerRequest, RequestStartLine } from "../../src/http/httputil.ts";
import { utf8 } from "../../src/util/escape.ts";
import { Application } from "../../src/web/mod.ts";
import { FakeConnection } from "../../tests/support/fake_connection.ts";
import { median } from "../support.ts";
import { handlerOf, orderText } from "./validation_handlers.ts";

const WARM_UP = 100_000;
const REQUESTS = 20_000;
const ROUNDS = Number(Deno.args[1] ?? 9);

class NullConnection extends FakeConnection {
  override respond(): void {}
}

const connection = new NullConnection("POST");
const app = new Application([["/", handlerOf(Deno.args[0] ?? "")]], { logFunction() {} });
const startLine = new RequestStartLine("POST", "/", "HTTP/1.1");
const body = utf8(orderText);

function run(requests: number): number {
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

run(WARM_UP);
console.log(median(Array.from({ length: ROUNDS }, () => run(REQUESTS))).toFixed(2));
