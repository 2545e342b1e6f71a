import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { renderMarkdown } from "../../examples/blog/markdown.ts";
import { checkPassword, hashPassword } from "../../examples/blog/passwords.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { FormClient, type Page } from "../support/form_client.ts";
import { type Program, startProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

/** A browser of somebody who can sign up. */
class Browser extends FormClient {
  async signUp(email: string, name: string, password = "correct horse"): Promise<Page> {
    return await this.submit("/auth/sign-up", { email, name, password });
  }
}

function startBlog(args: string[] = [], permissions: string[] = []): Promise<Program> {
  return startProgram("examples/blog/main.ts", { permissions: ["--allow-read", ...permissions], args });
}

test("checkPassword() knows the password of a hash and no other", async () => {
  const hash = await hashPassword("pässword");
  assert(await checkPassword("pässword", hash));
  assert(await checkPassword("pa\u0308ssword", hash), "the same characters, typed another way");
  assert(!await checkPassword("password", hash));
  assert(!await checkPassword("pässword", null));
  assert(hash !== await hashPassword("pässword"), "each has its salt");
});

test("renderMarkdown() makes headings, lists, quotes, code, emphasis and links", () => {
  const cases: [string, string][] = [
    ["Hello *you*\nand **all**", "<p>Hello <em>you</em>\nand <strong>all</strong></p>\n"],
    ["# One\ntext\n## Two", "<h3>One</h3>\n<p>text</p>\n<h4>Two</h4>\n"],
    ["- a\n- b\n  c", "<ul><li>a</li><li>b\nc</li></ul>\n"],
    ["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>\n"],
    ["> a\n> b", "<blockquote>a\nb</blockquote>\n"],
    ["```\n*a* <b>\n```\nc", "<pre><code>*a* &lt;b&gt;</code></pre>\n<p>c</p>\n"],
    ["```\nno end", "<pre><code>no end</code></pre>\n"],
    [
      "[a](https://example.org/?a=1&b=2) `c`",
      '<p><a href="https://example.org/?a=1&amp;b=2">a</a> <code>c</code></p>\n',
    ],
    ["see https://example.org/", '<p>see <a href="https://example.org/">https://example.org/</a></p>\n'],
  ];
  for (const [text, html] of cases) assertEquals(renderMarkdown(text), html);
});

test("renderMarkdown() leaves HTML, and links to scripts or other hosts without a scheme, as text", () => {
  assertEquals(renderMarkdown("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
  assertEquals(renderMarkdown("**<b>**"), "<p><strong>&lt;b&gt;</strong></p>\n");
  for (const target of ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "//evil.example", '"onclick="x']) {
    assert(!renderMarkdown(`[a](${target})`).includes("<a"), target);
  }
});

test("renderMarkdown() takes time that grows with the text", () => {
  const hard = ["*", "**a", "[", "[a](", "`", "- ", "> ", "# a\n", "```\n", "1. a\n"];
  for (const part of hard) assertLinear((size) => part.repeat(size), renderMarkdown, 20_000);
});

test("examples/blog lets an author sign up, write, change and sign out", async () => {
  await using program = await startBlog();
  const ada = new Browser(program);
  assertStringIncludes((await ada.get("/")).text, "Nothing is written yet");
  assertEquals((await ada.signUp("ada@example.com", "Ada <3")).location, "/");
  assertStringIncludes((await ada.get("/")).text, "Sign out Ada &lt;3");

  const text = "See http://example.com/?a=b&c\r\n\r\n<b>second</b>";
  const posted = await ada.submit("/compose", { title: "Ünï & <Codes>", text });
  assertEquals([posted.status, posted.location], [302, "/entry/u-ni-codes"]);
  const entry = (await ada.get("/entry/u-ni-codes")).text;
  assertStringIncludes(entry, "Ünï &amp; &lt;Codes&gt;</a></h2>");
  assertStringIncludes(entry, '<p>See <a href="http://example.com/?a=b&amp;c">http://example.com/?a=b&amp;c</a></p>');
  assertStringIncludes(entry, "<p>&lt;b&gt;second&lt;/b&gt;</p>");
  assertMatch(entry, /<link href="\/static\/entry\.css\?v=[0-9a-f]+" type="text\/css" rel="stylesheet"\/>/);
  assertEquals(entry.match(/entry\.css/g)?.length, 1);

  const id = entry.match(/\/compose\?id=(\d+)/)?.[1] ?? "";
  assertStringIncludes((await ada.get(`/compose?id=${id}`)).text, "&lt;b&gt;second&lt;/b&gt;</textarea>");
  const changed = await ada.submit(`/compose?id=${id}`, { id, title: "New title", text: "new" }, "/compose");
  assertEquals(changed.location, "/entry/u-ni-codes", "the address stays");
  assertStringIncludes((await ada.get("/")).text, "New title");

  await ada.submit("/", {}, "/auth/logout");
  assertStringIncludes((await ada.get("/")).text, "Sign in");
});

test("examples/blog lists entries in the archive and the feed", async () => {
  await using program = await startBlog();
  const ada = new Browser(program);
  await ada.signUp("ada@example.com", "Ada");
  for (const title of ["One", "One", "R&D", "4", "5", "6"]) await ada.submit("/compose", { title, text: "x <y>" });
  const archive = (await ada.get("/archive")).text;
  assertEquals(archive.match(/href="\/entry\/[^"]+"/g)?.length, 6);
  assertStringIncludes(archive, '<a href="/entry/one-2">One</a>');
  const home = (await ada.get("/")).text;
  assertEquals(home.match(/<article/g)?.length, 5);
  assertEquals(home.includes("Nothing is written yet"), false);
  const feed = (await ada.get("/feed")).text;
  assert(feed.startsWith("<?xml"));
  assertStringIncludes(feed, "<title>R&amp;D</title>");
  assertStringIncludes(feed, `<id>${program.address}/entry/one-2</id>`);
  assertMatch(feed, /<updated>20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z<\/updated>/);
  const css = await ada.get((await ada.get("/")).text.match(/\/static\/blog\.css\?v=[0-9a-f]+/)?.[0] ?? "");
  assertEquals(css.status, 200);
});

test("examples/blog asks who is not signed in to do so, and leads back", async () => {
  await using program = await startBlog();
  await new Browser(program).signUp("ada@example.com", "Ada");
  const ada = new Browser(program);
  assertEquals((await ada.get("/compose?id=1")).location, "/auth/login?next=%2Fcompose%3Fid%3D1");
  const signIn = (password: string, next = "/compose") =>
    ada.submit(
      `/auth/login?next=${encodeURIComponent(next)}`,
      { email: "ADA@example.com", password, next },
      "/auth/login",
    );
  const wrong = await signIn("wrong horse");
  assertEquals(wrong.status, 400);
  assertStringIncludes(wrong.text, "Address or password is wrong");
  assertEquals((await signIn("correct horse")).location, "/compose");
  for (const elsewhere of ["//evil.test", "https://evil.test", "/\\evil.test", "/\t/evil.test"]) {
    assertEquals((await signIn("correct horse", elsewhere)).location, "/", elsewhere);
  }
});

test("examples/blog refuses forms without their token, and the entries of others", async () => {
  await using program = await startBlog();
  const ada = new Browser(program);
  await ada.signUp("ada@example.com", "Ada");
  await ada.submit("/compose", { title: "Mine", text: "x" });
  assertEquals((await ada.post("/compose", { title: "Forged", text: "x" })).status, 403);
  assertEquals((await ada.post("/auth/logout", {})).status, 403);
  const bob = new Browser(program);
  await bob.signUp("bob@example.com", "Bob");
  assertEquals((await bob.get("/compose?id=1")).status, 403);
  assertEquals((await bob.submit("/compose", { id: "1", title: "Stolen", text: "x" })).status, 403);
  assertEquals((await bob.get("/entry/mine")).text.includes("Edit"), false);
  assertEquals((await bob.get("/entry/nowhere")).status, 404);
  const nobody = new Browser(program);
  assertEquals((await nobody.submit("/auth/login", { title: "x", text: "x" }, "/compose")).status, 403);
});

test("examples/blog shows what is wrong with a form, and keeps what was typed", async () => {
  await using program = await startBlog();
  const ada = new Browser(program);
  const short = await ada.signUp("ada@example.com", 'A "d" a', "short");
  assertEquals(short.status, 400);
  assertStringIncludes(short.text, "8 to 200 characters");
  assertStringIncludes(short.text, 'value="A &quot;d&quot; a"');
  assertStringIncludes((await ada.signUp("no address", "Ada")).text, "no e-mail address");
  assertEquals((await ada.signUp("ada@example.com", "Ada")).status, 302);
  assertStringIncludes((await new Browser(program).signUp("Ada@Example.com", "Eve")).text, "has an account already");
  const empty = await ada.submit("/compose", { title: "", text: "long <text>" });
  assertEquals(empty.status, 400);
  assertStringIncludes(empty.text, "long &lt;text&gt;</textarea>");
});

test("examples/blog keeps a database of hashed passwords, and who is signed in stays so", async () => {
  using dir = new TempDir();
  const file = `${dir.path}/blog.sqlite`;
  const start = () => startBlog([`--db=${file}`], [`--allow-write=${dir.path}`]);
  let ada: Browser;
  {
    await using program = await start();
    ada = new Browser(program);
    await ada.signUp("ada@example.com", "Ada");
    await ada.submit("/compose", { title: "Kept", text: "x" });
    assertEquals(await program.interrupt(), 0);
  }
  const db = new DatabaseSync(file, { readOnly: true });
  assertMatch(String(db.prepare("SELECT password FROM authors").get()?.password), /^[0-9a-f]{32}\$[0-9a-f]{64}$/);
  db.close();
  await using program = await start();
  const page = await ada.moved(program).get("/");
  assertStringIncludes(page.text, "Sign out Ada");
  assertStringIncludes(page.text, "Kept");
});

test("examples/blog works with the templates of Tornado's demo, which are in Python", async () => {
  await using program = await startBlog(["--templates=tornado"]);
  const ada = new FormClient(program);
  assertStringIncludes((await ada.get("/")).text, '<a href="/auth/login?next=%2F">Sign in</a> to compose/edit');
  assertEquals(
    (await ada.submit("/auth/create", { email: "a@b.c", name: "Ada", password: "correct horse" })).location,
    "/",
  );
  assertStringIncludes((await ada.get("/")).text, '<a href="/auth/logout?next=%2F">Sign out</a>');
  const posted = await ada.submit("/compose", { title: "R&D <1>", markdown: "x < http://a.test/" });
  assertEquals(posted.location, "/entry/r-d-1");
  const entry = (await ada.get("/entry/r-d-1")).text;
  assertStringIncludes(entry, '<h1><a href="/entry/r-d-1">R&amp;D &lt;1&gt;</a></h1>');
  assertStringIncludes(entry, '<div class="body"><p>x &lt; <a href="http://a.test/">http://a.test/</a></p>\n</div>');
  const id = entry.match(/\/compose\?id=(\d+)/)?.[1] ?? "";
  const form = (await ada.get(`/compose?id=${id}`)).text;
  assertStringIncludes(form, `<input type="hidden" name="id" value="${id}"/>`);
  assertStringIncludes(form, 'value="Save changes"');
  assertMatch((await ada.get("/archive")).text, /<div class="date">\w+ \d+, 20\d\d<\/div>/);
  const feed = (await ada.get("/feed")).text;
  assertMatch(feed, /<updated>20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/updated>/);
  assertStringIncludes(feed, `<id>http://${new URL(program.address).host}/entry/r-d-1</id>`);
  assertEquals((await ada.get("/auth/logout?next=/")).location, "/");
  assertStringIncludes(
    (await ada.submit("/auth/login", { email: "a@b.c", password: "wrong" })).text,
    "Error: Address or",
  );
});
