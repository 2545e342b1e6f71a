/**
 * Puts an upstream behind the proxy that attacks its clients, and looks at what they get.
 *
 * @module
 */
import { ProxyHandler, Upstreams } from "../../../src/proxy/mod.ts";
import { Application } from "../../../src/web/mod.ts";
import { allAnswers, type AnswerRow } from "./answers.ts";
import { exchange } from "./exchange.ts";
import { HostileUpstream } from "./hostile_upstream.ts";
import { readResponses, type Response } from "./responses.ts";

/** Names that no client may see, but for the framing that the proxy writes itself. */
const NOT_IN_FRONT = /^(Keep-Alive|Proxy-(Connection|Authenticate|Authentication-Info)|Trailer|Upgrade|TE)$/i;
/** Names that may not follow a body. */
const NOT_IN_TRAILER = /^(Content-Length|Transfer-Encoding|Set-Cookie|Connection|Location)$/i;
/** The target of the request behind that of the row, on the same connection. */
const NEXT = "/next";

/** Tries all rows; prints those that fail, and returns how many passed and failed. */
export async function checkAnswers(): Promise<{ passed: number; failed: number }> {
  await using back = new HostileUpstream();
  back.listen(0, { address: "127.0.0.1" });
  using upstreams = new Upstreams([`http://127.0.0.1:${back.port}`], { tryTime: 0, passive: { maxFails: 0 } });
  await using proxy = new Application([["/.*", ProxyHandler, { upstreams }]]).listen(0, { address: "127.0.0.1" });
  const rows = allAnswers();
  let failed = 0;
  for (const row of rows) {
    back.answer = row.text;
    const wrong = await tryAnswer(row, proxy.port);
    if (wrong.length === 0) continue;
    failed++;
    console.log(`FAILED answer, ${row.name}: ${wrong.join("; ")}`);
  }
  console.log(`a hostile upstream: ${rows.length} rows`);
  return { passed: rows.length - failed, failed };
}

async function tryAnswer({ method = "GET", expected, text: answer }: AnswerRow, port: number): Promise<string[]> {
  const wrong: string[] = [];
  const request = (verb: string, target: string, more = "") =>
    `${verb} ${target} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
  const last = request("GET", NEXT, "Connection: close\r\n");
  const text = await exchange(port, request(method, "/answer") + last);
  const { responses, interims, wrong: unclear } = readResponses(text, [method]);
  if (unclear !== null) wrong.push(`the client does not understand ${unclear}`);
  const [first, next, third] = responses;
  if (first === undefined) wrong.push("no answer");
  else wrong.push(...judge(first, expected));
  if (next !== undefined && (!next.isComplete || next.body !== NEXT)) {
    wrong.push(`the next request got ${JSON.stringify(next.body.slice(0, 60))}`);
  }
  if (first?.isComplete === false && next !== undefined) wrong.push("an answer behind one that has broken off");
  if (third !== undefined) wrong.push("more answers than requests");
  for (const response of [...responses, ...interims]) {
    wrong.push(...leaksOf(response, /^Connection:.*X-Secret/im.test(answer)));
  }
  const canary = readResponses(await exchange(port, last), ["GET"]).responses;
  if (canary.length !== 1 || canary[0]?.body !== NEXT) wrong.push("a later request got another answer");
  return wrong;
}

function judge({ status, body, isComplete }: Response, expected: AnswerRow["expected"]): string[] {
  const got = `${status} ${JSON.stringify(body.slice(0, 60))}${isComplete ? "" : ", broken off"}`;
  if (expected === "any") return [];
  if (expected === "refused") return status === 502 && isComplete ? [] : [`not refused: ${got}`];
  if (expected === "cut") return status === 502 || !isComplete ? [] : [`not cut: ${got}`];
  return isComplete && status !== 502 && body === expected.body ? [] : [`not passed: ${got}`];
}

function leaksOf({ headers, trailers }: Response, namesSecret: boolean): string[] {
  const names = headers.filter(([name]) => NOT_IN_FRONT.test(name) || (namesSecret && /^X-Secret$/i.test(name))).map((
    [name],
  ) => name);
  const behind = trailers.filter(([name]) => NOT_IN_FRONT.test(name) || NOT_IN_TRAILER.test(name));
  return [...names, ...behind.map(([name]) => `${name} as a trailer`)].map((name) => `the client got ${name}`);
}
