/**
 * Sends the rows through the proxy to a back end, and compares what both have understood.
 *
 * @module
 */
import type { BackEnd } from "./back_ends.ts";
import { exchange } from "./exchange.ts";
import { Front } from "./front.ts";
import { leaks, namedIn } from "./leaks.ts";
import { allRows, type Row } from "./rows.ts";

/** Numbers of what has passed and failed. */
export interface Result {
  readonly passed: number;
  readonly failed: number;
}

/** Tries all rows; prints those that fail, and returns how many passed and failed. */
export async function checkRows(back: BackEnd): Promise<Result> {
  await using front = new Front(back.port);
  const rows = allRows();
  let failed = 0;
  for (const [index, row] of rows.entries()) {
    const wrong = await tryRow(row, index, front, back);
    if (wrong.length === 0) continue;
    failed++;
    console.log(`FAILED ${row.name} (${back.name}): ${wrong.join("; ")}`);
  }
  console.log(`${back.name}: ${rows.length} rows`);
  return { passed: rows.length - failed, failed };
}

/** The target that the back end is asked for. */
function originForm(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, "");
  return path === "" || path.startsWith("?") ? `/${path}` : path;
}

/** A request in one line, to be compared. */
export function lineOf({ method, target, body }: { method: string; target: string; body: string }): string {
  return `${method} ${originForm(target)} ${JSON.stringify(body)}`;
}

/**
 * Sends two requests on connections of their own: each has to get its own answer, over whatever connections were kept.
 * Returns what is wrong.
 */
export async function tryCanaries(index: number, port: number): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of ["one", "two"]) {
    const target = `/canary-${name}-${index}`;
    const canary = await exchange(port, `GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
    if (!canary.endsWith(`\r\n\r\n${target}`)) {
      wrong.push(`the next request got ${JSON.stringify(canary.slice(0, 80))}`);
    }
  }
  return wrong;
}

/** Tries a row; returns what is wrong. */
async function tryRow(row: Row, index: number, front: Front, back: BackEnd): Promise<string[]> {
  front.take();
  await back.take();
  const end = `GET /end-${index} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`;
  const answer = await exchange(front.port, row.text.replaceAll("PATH", `/row-${index}`) + end, {
    ...(row.piece === undefined ? {} : { piece: row.piece }),
  });
  const wrong = await tryCanaries(index, front.port);
  const behind = await back.take();
  const status = answer.slice(9, 12);
  const isRefusedBehind = row.refusedBy === back.name;
  if (isRefusedBehind && status !== "400") wrong.push(`not refused by ${back.name}: ${status}`);
  const passed = front.take().filter(({ isComplete, target }) =>
    isComplete && !(isRefusedBehind && target.startsWith("/row-"))
  ).map(lineOf);
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
