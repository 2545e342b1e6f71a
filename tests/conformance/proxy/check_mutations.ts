/**
 * Changes the rows at random, and compares what front and back have understood of them.
 *
 * @module
 */
import { mutateText } from "../../support/fuzz.ts";
import { Random } from "../../support/random.ts";
import type { BackEnd } from "./back_ends.ts";
import { lineOf, type Result, tryCanaries } from "./check_rows.ts";
import { exchange } from "./exchange.ts";
import { Front } from "./front.ts";
import { leaks } from "./leaks.ts";
import { allRows } from "./rows.ts";

/** Texts that mean something to a parser, or look like it. */
const PIECES = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  "\0",
  "\t",
  " ",
  ":",
  ";",
  ",",
  '"',
  "\x0b",
  "\x0c",
  "\x7f",
  "\x85",
  "\xa0",
  "\xff",
  "0",
  "5",
  "0\r\n\r\n",
  "5\r\nhello\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Connection: close\r\n",
  "Connection: Content-Length, Transfer-Encoding\r\n",
  "Connection: Upgrade\r\nUpgrade: websocket\r\n",
  "Expect: 100-continue\r\n",
  "Host: b.example\r\n",
  "X-Long: " + "x".repeat(5000) + "\r\n",
  " folded\r\n",
  "GET /hidden HTTP/1.1\r\nHost: a.example\r\n\r\n",
  "POST /mutated HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.0",
  "HTTP/1.1",
  "HEAD",
  "http://b.example/",
];
/** Characters of a text that is worth to be changed: most of a longer one is of no matter. */
const LONGEST = 10_000;
/** The most changes of a text. */
const MOST_CHANGES = 5;
/** Milliseconds after which a front that waits for more is left: many texts end in the middle. */
const PATIENCE = 200;

/** Options of {@linkcode checkMutations}. */
export interface MutationOptions {
  readonly seconds: number;
  readonly seed: number;
}

/** Tries changed rows for some seconds; prints those that fail, and returns how many passed and failed. */
export async function checkMutations(back: BackEnd, { seconds, seed }: MutationOptions): Promise<Result> {
  await using front = new Front(back.port);
  const random = new Random(seed);
  const texts = allRows().filter(({ text }) => text.length < LONGEST).map(({ text }) =>
    text.replaceAll("PATH", "/mutated")
  );
  const end = performance.now() + seconds * 1000;
  let count = 0;
  let failed = 0;
  let understood = 0;
  for (; performance.now() < end; count++) {
    const text = mutateText(random, random.pick(texts), { pieces: PIECES, others: texts, most: MOST_CHANGES });
    const { wrong, requests } = await tryText(text, count, front, back);
    understood += requests;
    if (wrong.length === 0) continue;
    failed++;
    console.log(`FAILED ${JSON.stringify(text)} (${back.name}): ${wrong.join("; ")}`);
  }
  console.log(`${back.name}: ${count} mutated texts, of which it got ${understood} requests`);
  return { passed: count - failed, failed };
}

async function tryText(
  text: string,
  index: number,
  front: Front,
  back: BackEnd,
): Promise<{ wrong: string[]; requests: number }> {
  front.take();
  await back.take();
  const end = "GET /end HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
  const answer = await exchange(front.port, text + end, { patience: PATIENCE });
  const wrong = await tryCanaries(index, front.port);
  const behind = await back.take();
  const passed = front.take().filter(({ isComplete }) => isComplete).map(lineOf);
  const understood = behind.map(lineOf);
  let at = 0;
  for (const line of understood) {
    const found = passed.indexOf(line, at);
    if (found < 0) wrong.push(`the front has not passed ${line}, but [${passed.join("; ")}]`);
    else at = found + 1;
  }
  // What the front gives up, since its client has left, may never have come; what is answered has.
  const answered = Array.from(answer.matchAll(/HTTP\/1\.1 200/g)).length;
  const canaries = 2;
  if (answered > understood.length - canaries) wrong.push(`${answered} answers to [${understood.join("; ")}]`);
  for (const request of behind) {
    const found = leaks(request, []);
    if (found.length > 0) wrong.push(`${request.target} came with ${found.join(", ")}`);
  }
  return { wrong, requests: behind.length };
}
