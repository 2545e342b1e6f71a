// What the tables of hostile servers have in common: rows, and the test of one.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type AsyncHTTPClientOptions, HTTPClientError, type HTTPRequestOptions } from "../../../src/http/httpclient.ts";
import { reply, type Script, ScriptedServer, type Step } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import type { BackEnd } from "./back_ends.ts";

/** A server, and what a client makes of it. */
export interface Row {
  readonly name: string;
  /** The answer to every request, or what makes it. */
  readonly answer: readonly Step[] | Script;
  readonly options?: HTTPRequestOptions & { readonly raiseError?: boolean };
  readonly client?: AsyncHTTPClientOptions;
  readonly answersEarly?: boolean;
  /** The text of the response, or what the message of the error matches. */
  readonly expected: string | RegExp;
}

/** A response with a body in a coding. */
export function coded(coding: string, body: Uint8Array, length: number = body.length): Step[] {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${length}\r\n\r\n`;
  return [head, new Uint8Array(body.subarray(0, length))];
}

/** The head of a 200. */
export function head(...lines: string[]): string {
  return `${["HTTP/1.1 200 OK", ...lines].join("\r\n")}\r\n\r\n`;
}

/** A redirect. */
export function moved(location: string, status = "302 Found"): string {
  return `HTTP/1.1 ${status}\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
}

/** Registers a test of a row: its outcome, and that the slot of the client is free again. */
export function hostileTest(backEnd: BackEnd, row: Row): void {
  const { name, answer, options, client: settings, answersEarly = false, expected } = row;
  test(`${backEnd.name}: a hostile server sends ${name}`, async () => {
    const script: Script = typeof answer === "function" ? answer : () => answer;
    await using hostile = new ScriptedServer(script, { answersEarly });
    await using good = new ScriptedServer(() => [reply("the good one")]);
    using client = backEnd.make({ maxClients: 1, ...settings });
    if (typeof expected === "string") assertEquals((await client.fetch(hostile.url(), options)).text, expected);
    else {
      const error = await assertRejects(() => client.fetch(hostile.url(), options), HTTPClientError);
      assertMatch(error.message, expected);
    }
    assertEquals((await client.fetch(good.url())).text, "the good one");
  });
}
