import { assert, assertEquals } from "@std/assert";
import { nextPath } from "../../src/auth/_next_path.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const ORIGIN = "https://app.example";

test("nextPath takes paths of the site, with query and fragment", () => {
  for (const path of ["/", "/a", "/a?b=c&d=%2F%2F", "/a#b", "/a//b", "/@host", "/:80", "/a?next=https://b.example/"]) {
    assertEquals(nextPath(path, ORIGIN), path);
    assertEquals(nextPath(`${ORIGIN}${path}`, ORIGIN), path);
  }
  assertEquals(nextPath("/ä?ö", ORIGIN), "/%C3%A4?%C3%B6");
  assertEquals(nextPath("/a/../b", ORIGIN), "/b");
});

test("nextPath turns what leads elsewhere into the root", () => {
  const elsewhere = [
    "",
    "a",
    "https://evil.example/",
    "https:evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    " //evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e//evil.example",
    "/a/%2E%2e//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    `${ORIGIN}`,
    `${ORIGIN}.evil.example/`,
    `${ORIGIN}@evil.example/`,
    `${ORIGIN}//evil.example/`,
    "http://app.example/",
    `/${"a".repeat(1024)}`,
    `/${"ä".repeat(300)}`,
    "/a\r\nSet-Cookie: a=b",
    "/\u0000",
  ];
  for (const next of elsewhere) assertEquals(nextPath(next, ORIGIN), "/", JSON.stringify(next));
});

test("nextPath leads to the site, whatever it is given", () => {
  const parts = [
    "/",
    "\\",
    ".",
    "..",
    "%2e",
    "%2f",
    "@",
    ":",
    "?",
    "#",
    "\t",
    "\n",
    " ",
    "a",
    "//",
    "evil.example",
    "https:",
  ];
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const next = random.text(parts, 8);
    const path = nextPath(next, ORIGIN);
    assert(path.startsWith("/"));
    assertEquals(new URL(path, `${ORIGIN}/dir/page`).origin, ORIGIN, JSON.stringify(next));
  }
});
