// Each of Tornado's own tests of these modules is a test here, which names it, or a row of docs/differences.md.
// tornado_cases.txt has them as they are in Tornado: the module, the class and the method.
import { assertEquals } from "@std/assert";
import { projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";

/** Where the tests of a module are. */
const FOLDERS: Record<string, readonly string[]> = {
  auth: ["tests/auth/"],
  autoreload: ["tests/net/autoreload/"],
  concurrent: ["tests/concurrency/concurrent_test.ts"],
  curl_httpclient: ["tests/http/client/"],
  gen: ["tests/concurrency/gen_test.ts", "tests/concurrency/coroutine_test.ts"],
  httpclient: ["tests/http/client/"],
  locks: ["tests/concurrency/locks_test.ts"],
  options: ["tests/util/options/"],
  process: ["tests/net/process/"],
  queues: ["tests/concurrency/queues_test.ts"],
  simple_httpclient: ["tests/http/client/"],
  tcpclient: ["tests/net/tcpclient/"],
  testing: ["tests/testing/"],
};

const read = (path: string) => Deno.readTextFileSync(`${projectRoot}/${path}`);

/** How often each name is in a text. A method of a test case has Tornado's name in our case: `testFetchSegment`. */
function namesIn(text: string): Map<string, number> {
  const names = new Map<string, number>();
  for (const [name] of text.matchAll(/\btest(?:_[a-z0-9]+)+\b|(?<= )test[A-Z]\w*(?=\()/g)) {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    names.set(snake, (names.get(snake) ?? 0) + 1);
  }
  return names;
}

const cases = read("tests/tornado_cases.txt").trimEnd().split("\n").map((line) => {
  const [module = "", name = ""] = line.split(" ");
  return { module, name, method: name.replace(/^.*[.]/, "") };
});

const differences = read("docs/differences.md");
const [section = ""] = differences.slice(differences.indexOf("\n## Tornado's own tests\n") + 1).split(/\n(?=## )/);
const rows = new Set(Array.from(section.matchAll(/`(\w+ \w+[.]test_\w+)`/g), ([, name = ""]) => name));

test("Tornado's own tests are tests here, or differences that are explained", () => {
  const paths = sourceFiles("tests");
  const missing: string[] = [];
  for (const [module, folders] of Object.entries(FOLDERS)) {
    const files = paths.filter((path) => folders.some((folder) => path.includes(folder)));
    // What is in a comment is no test.
    const names = namesIn(files.map((path) => read(path).replace(/^\s*\/\/.*$/gm, "")).join("\n"));
    for (const { name, method } of cases.filter((one) => one.module === module)) {
      if (rows.has(`${module} ${name}`)) continue;
      const left = (names.get(method) ?? 0) - 1;
      if (left < 0) missing.push(`${module} ${name}`);
      else names.set(method, left);
    }
  }
  assertEquals(missing, []);
});

test("docs/differences.md names and counts Tornado's tests as they are", () => {
  const known = new Set(cases.map(({ module, name }) => `${module} ${name}`));
  assertEquals([...rows].filter((row) => !known.has(row)), []);
  assertEquals(section.match(/\d+/g)?.slice(0, 2), [String(cases.length), String(cases.length - rows.size)]);
});
