/**
 * What the cases on applications are written with, and the ways in which they are reached.
 *
 * @module
 */
import type { RequestCallback } from "../../../src/http/httpserver.ts";
import { latin1Bytes, latin1Text } from "../../../src/internal/utf8.ts";
import { TestClient, type TestClientOptions } from "../../../src/testing/mod.ts";
import {
  Application,
  type Chunk,
  RequestHandler,
  type RequestHandlerClass,
  type RuleList,
  type Settings,
} from "../../../src/web/mod.ts";
import { test, type TestContext } from "../../support/test.ts";
import type { Answer } from "./engine.ts";

/** An engine, in memory or on a port. */
export interface Way {
  readonly engine: "listen" | "serve";
  readonly port: boolean;
}

/** All ways to an application. */
export const WAYS: readonly Way[] = [
  { engine: "listen", port: false },
  { engine: "listen", port: true },
  { engine: "serve", port: false },
  { engine: "serve", port: true },
];

/** Tells whether the answer has the fields of its framing, which Deno adds when it sends one. */
export function isFramed({ engine, port }: Way): boolean {
  return engine === "listen" || port;
}

/** Settings without access lines. */
export const QUIET: Settings = { logFunction() {} };

/** Registers a case for a way. */
export function siteTest(way: Way, name: string, fn: (t: TestContext) => void | Promise<void>): void {
  test(`Application (${way.engine}, ${way.port ? "port" : "memory"}): ${name}`, fn);
}

/** Makes a client for some rules, without access lines. */
export function site(way: Way, rules: RuleList, settings: Settings = QUIET): TestClient {
  return visit(way, new Application(rules, settings));
}

/** Makes a client. The cases themselves say which errors they expect in the log. */
export function visit(
  way: Way,
  served: RequestCallback,
  serverOptions: TestClientOptions["serverOptions"] = {},
): TestClient {
  // Each case has a deadline as a whole.
  const habits = { raiseServerErrors: false, followRedirects: false, requestTimeout: 30 };
  return new TestClient(served, { ...way, ...habits, serverOptions });
}

/** A handler whose GET writes what `chunk` returns. */
export function writes(chunk: (handler: RequestHandler) => Chunk | undefined): RequestHandlerClass {
  return class extends RequestHandler {
    override get(): void {
      const written = chunk(this);
      if (written !== undefined) this.write(written);
    }
  };
}

/** Sends one request with header lines and a latin1 body, and returns its answer. */
export async function ask(
  client: TestClient,
  path: string,
  lines: string[] = [],
  method = "GET",
  body = "",
): Promise<Answer> {
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const bytes = body === "" ? null : latin1Bytes(body);
  const got = await client.fetch(path, { method, headers, body: bytes });
  const getAll = (name: string) => got.headers.getList(name);
  return {
    status: got.code,
    reason: got.reason,
    headers: Array.from(got.headers.getAll(), ([name, value]) => [name.toLowerCase(), value]),
    getAll,
    get(name) {
      const values = getAll(name);
      if (values.length > 1) throw new Error(`several ${name}: ${values.join(" | ")}`);
      return values[0] ?? null;
    },
    body: latin1Text(got.body),
    text: got.text,
    chunked: got.headers.get("Transfer-Encoding") === "chunked",
  };
}
