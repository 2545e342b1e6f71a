/**
 * Sends attacks on framing and fields through the proxy to two back ends, and compares what front and back have
 * understood; then lets an upstream attack its clients: `deno task check:proxy`. It ends with `N passed, N failed`.
 *
 * @module
 */
import type { Bytes } from "../../src/internal/bytes.ts";
import { latin1Text } from "../../src/internal/utf8.ts";
import { ProxyHandler, Upstreams } from "../../src/proxy/mod.ts";
import { rootLogger } from "../../src/util/log.ts";
import { stateOf } from "../../src/web/internal.ts";
import { Application } from "../../src/web/mod.ts";
import { type BackEnd, startOwn, startTornado, type Understood } from "./proxy/back_ends.ts";
import { checkAnswers } from "./proxy/check_answers.ts";
import { exchange } from "./proxy/exchange.ts";
import { allRows, type Row } from "./proxy/rows.ts";

/** Names that no back end may see, but for a Connection that names only TE, and chunks as the proxy's own framing. */
const NOT_BEHIND = /^(Keep-Alive|Proxy.*|Trailer|Upgrade|Http2-Settings|X-Forwarded-User)$/i;

/** Names that the proxy itself writes, also where a Connection names them. */
const OWN =
  /^(host|via|forwarded|x-forwarded-.*|x-real-ip|x-scheme|content-length|transfer-encoding|expect|close|keep-alive)$/;

/** A request as the front has understood it. */
interface Passed {
  readonly method: string;
  readonly target: string;
  body: string;
  isComplete: boolean;
}

let front: Passed[] = [];

/** Keeps what it passes on. */
class Watched extends ProxyHandler {
  override prepare(): void | Promise<void> {
    const held = super.prepare();
    const { successor } = stateOf(this);
    if (successor === null) return held;
    const { method, uri: target } = this.request;
    const passed: Passed = { method, target, body: "", isComplete: false };
    front.push(passed);
    const take = successor.dataReceived.bind(successor);
    const finish = successor.finish.bind(successor);
    successor.dataReceived = (chunk: Bytes) => {
      passed.body += latin1Text(chunk);
      return take(chunk);
    };
    successor.finish = () => {
      passed.isComplete = true;
      finish();
    };
    return held;
  }
}

/** The target that the back end is asked for. */
function originForm(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, "");
  return path === "" || path.startsWith("?") ? `/${path}` : path;
}

function lineOf({ method, target, body }: { method: string; target: string; body: string }): string {
  return `${method} ${originForm(target)} ${JSON.stringify(body)}`;
}

/** Returns what the Connection fields of a text name. */
function namedIn(text: string): string[] {
  const lists = Array.from(text.matchAll(/^connection:(.*)\r$/gim), ([, list = ""]) => list.split(","));
  return lists.flat().map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
}

/** Returns what should not have come through of one request. */
function leaks({ headers }: Understood, named: readonly string[]): string[] {
  const found: string[] = [];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const isOwn = (lower === "connection" && /^TE$/i.test(value)) || (lower === "te" && value === "trailers") ||
      (lower === "transfer-encoding" && value === "chunked");
    if (isOwn) continue;
    const plain = lower.replaceAll("_", "-");
    const isHop = NOT_BEHIND.test(name) || /^(connection|te|transfer-encoding)$/.test(lower);
    if (isHop || (plain !== lower && (OWN.test(plain) || NOT_BEHIND.test(plain)))) found.push(name);
    if (named.includes(lower) && !OWN.test(lower)) found.push(`${name}, which Connection names`);
    // The client is here, whatever it says.
    if (/^(x-forwarded-.*|x-real-ip|x-scheme|forwarded)$/.test(lower) && /1\.1\.1\.1|https/.test(value)) {
      found.push(`${name}: ${value}`);
    }
  }
  const lengths = headers.filter(([name]) => name.toLowerCase() === "content-length");
  if (lengths.length > 1) found.push("two lengths");
  if (lengths.length === 1 && headers.some(([name]) => name.toLowerCase() === "transfer-encoding")) {
    found.push("two framings");
  }
  return found;
}

/** Tries a row; returns what is wrong. */
async function tryRow(row: Row, index: number, proxy: number, back: BackEnd): Promise<string[]> {
  const wrong: string[] = [];
  front = [];
  await back.take();
  const end = `GET /end-${index} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`;
  const answer = await exchange(proxy, row.text.replaceAll("PATH", `/row-${index}`) + end);
  // Two requests on connections of their own: each has to get its own answer, over whatever connections were kept.
  for (const name of ["one", "two"]) {
    const target = `/canary-${name}-${index}`;
    const canary = await exchange(proxy, `GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
    if (!canary.endsWith(`\r\n\r\n${target}`)) {
      wrong.push(`the next request got ${JSON.stringify(canary.slice(0, 80))}`);
    }
  }
  const behind = await back.take();
  const status = answer.slice(9, 12);
  const isRefusedBehind = row.refusedBy === back.name;
  if (isRefusedBehind && status !== "400") wrong.push(`not refused by ${back.name}: ${status}`);
  const passed = front.filter(({ isComplete, target }) =>
    isComplete && !(isRefusedBehind && target.startsWith("/row-"))
  )
    .map(lineOf);
  const understood = behind.map(lineOf);
  if (passed.join("\n") !== understood.join("\n")) {
    wrong.push(`front passed [${passed.join("; ")}], back understood [${understood.join("; ")}]`);
  }
  for (const request of behind) {
    const found = leaks(request, request.target.startsWith("/row-") ? namedIn(row.text) : []);
    if (found.length > 0) wrong.push(`${request.target} came with ${found.join(", ")}`);
  }
  const rowPassed = behind.some(({ target }) => !/^\/(end|canary)-/.test(target));
  if (row.expected === "refused" && (rowPassed || !/^[45]/.test(status))) {
    wrong.push(`not refused: ${JSON.stringify(answer.slice(0, 80))}`);
  }
  if (row.expected === "passed" && !isRefusedBehind && !(rowPassed && status === "200")) {
    wrong.push(`not passed: ${JSON.stringify(answer.slice(0, 80))}`);
  }
  if (behind.some(({ target }) => target === "/hidden")) wrong.push("the hidden request came through");
  return wrong;
}

async function main(): Promise<boolean> {
  const rows = allRows();
  rootLogger.level = 100;
  let passed = 0;
  let failed = 0;
  for (const start of [startOwn, startTornado]) {
    await using back = await start();
    using upstreams = new Upstreams([`http://127.0.0.1:${back.port}`], { tryTime: 0, passive: { maxFails: 0 } });
    await using proxy = new Application([["(?s:.*)", Watched, { upstreams }]]).listen(0, { address: "127.0.0.1" });
    for (const [index, row] of rows.entries()) {
      const wrong = await tryRow(row, index, proxy.port, back);
      if (wrong.length === 0) passed++;
      else {
        failed++;
        console.log(`FAILED ${row.name} (${back.name}): ${wrong.join("; ")}`);
      }
    }
    console.log(`${back.name}: ${rows.length} rows`);
  }
  const answers = await checkAnswers();
  passed += answers.passed;
  failed += answers.failed;
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

Deno.exit(await main() ? 0 : 1);
