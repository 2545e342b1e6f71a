/**
 * What the cases on applications are written with.
 *
 * @module
 */
import type { Server } from "../../../src/http/httpserver.ts";
import {
  Application,
  type Chunk,
  RequestHandler,
  type RequestHandlerClass,
  type RuleList,
  type Settings,
} from "../../../src/web/mod.ts";
import { RawClient } from "../../support/raw_client.ts";
import { type Answer, answer, type Engine, serve } from "./engine.ts";

/** Settings without access lines. */
export const QUIET: Settings = { logFunction() {} };

/** Starts a server for some rules, without access lines. */
export function site(engine: Engine, rules: RuleList, settings: Settings = QUIET): Server {
  return serve(engine, new Application(rules, settings));
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

/** Sends one request and returns its answer. */
export async function ask(
  server: Server,
  path: string,
  lines: string[] = [],
  method = "GET",
  body = "",
): Promise<Answer> {
  using client = await RawClient.connect(server.port);
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  await client.send([`${method} ${path} HTTP/1.1`, "Host: a", ...lines, ...length, "", body].join("\r\n"));
  return await answer(client, method);
}
