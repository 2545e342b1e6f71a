// What tests must not do, as a program: claim what they do not measure, or wait for a number of turns or milliseconds.
import { assertEquals } from "@std/assert";
import { projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";

const texts = new Map(
  sourceFiles("tests").map((file) => [file, Deno.readTextFileSync(`${projectRoot}/${file}`)] as const),
);

/** Programs of their own: a slow handler, and attacks that take their time. */
const MAY_SLEEP =
  /^tests\/(conformance\/(server\.ts$|cases\/)|libraries\/check_centrifuge\.ts$|pubsub\/(check_brokers|check_recovery)\.ts$)/;

/** Each test's name with its text, which ends where the next test begins. */
function testsOf(text: string): { name: string; body: string }[] {
  const parts = text.split(/^\s*(?:test|contractTest|Deno\.test)\(/m).slice(1);
  return parts.map((body) => ({ name: /["'`](.*?)["'`]/.exec(body)?.[1] ?? "", body }));
}

test("tests: what a test calls linear it measures", () => {
  const claims: string[] = [];
  for (const [file, text] of texts) {
    for (const { name, body } of testsOf(text)) {
      const claimed = /\b(linear|quadratic|quick|quickly|not slow|in proportion)\b/i.test(name);
      if (claimed && !body.includes("assertLinear(")) claims.push(`${file}: ${name}`);
    }
  }
  assertEquals(claims, []);
});

test("tests: nothing waits for a number of microtasks or turns", () => {
  const loop = /\b(?:for|while) \([^\n]*\) (?:\{\s*)?await (?:Promise\.resolve\(\)|settled\(\)|null|undefined);/;
  const counting = [...texts].filter(([file, text]) => file !== "tests/support/turns.ts" && loop.test(text));
  assertEquals(counting.map(([file]) => file), []);
});

test("tests: nothing sleeps", () => {
  const sleep = /new Promise(?:<\w+>)?\(\((\w+)\) => (?:\{\s*)?setTimeout\(\1\b/;
  const sleeping = [...texts].filter(([file, text]) => !MAY_SLEEP.test(file) && sleep.test(text)).map(([file]) => file);
  assertEquals(sleeping, []);
});

/** What checks whole programs by the minute, and libraries that leave timers behind. */
const WITHOUT_WATCH = /^tests\/(conformance|libraries)\/|^tests\/support\/test\.ts$/;

test("tests: every test has the watch over the log and the deadline of test()", () => {
  const bare = [...texts].filter(([file, text]) => !WITHOUT_WATCH.test(file) && /^\s*Deno\.test\(/m.test(text));
  assertEquals(bare.map(([file]) => file), []);
});
