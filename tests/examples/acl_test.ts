import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { checkForm, type Field } from "../../examples/acl/forms.ts";
import { Records } from "../../examples/acl/records.ts";
import { FormClient, type Page } from "../support/form_client.ts";
import { type Program, startProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

/** A browser of somebody who can sign up. */
class Browser extends FormClient {
  async signUp(name: string, password = "correct horse"): Promise<Page> {
    return await this.submit("/auth/sign-up", { email: `${name.toLowerCase()}@example.com`, name, password });
  }
}

function startRecordBook(args: string[] = [], permissions: string[] = []): Promise<Program> {
  return startProgram("examples/acl/main.ts", { permissions: ["--allow-read", ...permissions], args });
}

/** Ada, who came first, and Bob, user 2. */
async function adaAndBob(program: Program): Promise<{ ada: Browser; bob: Browser }> {
  const ada = new Browser(program);
  await ada.signUp("Ada");
  const bob = new Browser(program);
  await bob.signUp("Bob");
  return { ada, bob };
}

/** Allows Bob just these, such as "contacts read". */
async function allowBob(ada: Browser, ...grants: string[]): Promise<void> {
  const fields = grants.map((grant): [string, string] => ["grant", grant]);
  assertEquals((await ada.submit("/admin/users/2", fields)).location, "/admin/users");
}

function errorOf(field: Partial<Field>, text: string): string | null {
  const form = checkForm([{ name: "f", label: "F", kind: "text", ...field }], () => text);
  return form.errors.f ?? null;
}

test("checkForm() takes what a field is for, and says what is wrong with the rest", () => {
  assertEquals(errorOf({}, ""), null);
  assertEquals(errorOf({ required: true }, ""), "This is needed.");
  assertEquals(errorOf({ max: 3 }, "abc"), null);
  assertEquals(errorOf({ max: 3 }, "abcd"), "At most 3 characters will do.");
  assertEquals(errorOf({ min: 3 }, "ab"), "At least 3 characters are needed.");
  const texts = {
    date: { good: ["2024-02-29", "0001-01-01"], bad: ["2023-02-29", "2024-13-01", "24-01-01", "2024-1-1", "today"] },
    email: { good: ["ada@example.com"], bad: ["ada", "@example.com", "a da@example.com", `a@${"b".repeat(300)}`] },
    number: { good: ["0", "-0", "007", "10"], bad: ["11", "-1", "1.5", "1e1", "0x1", "NaN", "9".repeat(400)] },
    choice: { good: ["one"], bad: ["two", "One", "constructor"] },
  } as const;
  for (const [kind, { good, bad }] of Object.entries(texts)) {
    const field = { kind: kind as keyof typeof texts, max: 10, choices: ["one"] };
    for (const text of good) assertEquals(errorOf(field, text), null, `${kind} ${text}`);
    for (const text of bad) assert(errorOf(field, text) !== null, `${kind} ${text}`);
  }
});

test("checkForm() gives values for the database, and never shows a password again", () => {
  const fields: Field[] = [
    { name: "secret", label: "", kind: "password" },
    { name: "pieces", label: "", kind: "number" },
    { name: "notes", label: "", kind: "long" },
    { name: "date", label: "", kind: "date" },
  ];
  const typed: Record<string, string> = { secret: "s", pieces: "007", notes: "a\r\nb", date: "" };
  const form = checkForm(fields, ({ name }) => typed[name] ?? "");
  assertEquals(form.values, { secret: "s", pieces: 7, notes: "a\nb", date: null });
  assertEquals(form.typed, { pieces: "007", notes: "a\nb", date: "" });
});

test("Records keeps any value, and refuses names that are not plain", () => {
  const db = new DatabaseSync(":memory:");
  const model = { name: "order", one: "", many: "", fields: [{ name: "select", label: "", kind: "text" }] } as const;
  const records = new Records(db, model);
  const id = records.add({ select: `'); DROP TABLE "order"; --` }, "Ada");
  assertEquals(records.get(id)?.values, { select: `'); DROP TABLE "order"; --` });
  records.remove(id);
  assertEquals([records.get(id), records.count()], [null, 0]);
  assert(records.add({}, "Ada") > id, "an id is used once");
  for (const name of ['a"b', "A", "", "1", "a b"]) {
    let refused: unknown;
    try {
      new Records(db, { ...model, name });
    } catch (error) {
      refused = error;
    }
    assert(refused instanceof TypeError, name);
  }
  db.close();
});

test("examples/acl lets the first user create, list, see, change and delete records", async () => {
  await using program = await startRecordBook();
  const ada = new Browser(program);
  assertEquals((await ada.signUp("Ada")).location, "/");
  assertStringIncludes((await ada.get("/contacts")).text, "There are none yet");
  const record = { name: "Łukasz <b>", email: "l@example.com", birthday: "1990-02-28", notes: "One\r\n\r\n& two" };
  assertEquals((await ada.submit("/contacts/new", record)).location, "/contacts/1");
  const detail = (await ada.get("/contacts/1")).text;
  assertStringIncludes(detail, "<h1>Łukasz &lt;b&gt;</h1>");
  assertMatch(detail, /<dd>One\s+&amp; two<\/dd>/);
  assertMatch(detail, /Changed .* by Ada/);
  const list = (await ada.get("/contacts")).text;
  assertMatch(list, /<a href="\/contacts\/1">Łukasz &lt;b&gt;<\/a>/);
  assertStringIncludes(list, "1990-02-28");
  assert(!list.includes("two"), "notes are too long for the list");
  assert(!list.includes("none yet"));

  assertMatch((await ada.get("/contacts/1/edit")).text, /value="Łukasz &lt;b&gt;"/);
  assertEquals((await ada.submit("/contacts/1/edit", { name: "Łucja" })).location, "/contacts/1");
  const changed = (await ada.get("/contacts/1")).text;
  assertStringIncludes(changed, "<h1>Łucja</h1>");
  assert(!changed.includes("1990"), "what is left empty is taken away");

  assertStringIncludes((await ada.get("/contacts/1/delete")).text, "Delete Łucja?");
  assertEquals((await ada.get("/contacts/1")).status, 200);
  assertEquals((await ada.submit("/contacts/1/delete", {})).location, "/contacts");
  assertEquals((await ada.get("/contacts/1")).status, 404);
  assertEquals((await ada.submit("/contacts/new", { name: "Next" })).location, "/contacts/2");
});

test("examples/acl shows what is wrong with a form, and keeps what was typed", async () => {
  await using program = await startRecordBook();
  const ada = new Browser(program);
  const short = await ada.signUp('A"da', "short");
  assertEquals(short.status, 400);
  assertStringIncludes(short.text, "At least 8 characters are needed");
  assertStringIncludes(short.text, 'value="A&quot;da"');
  assert(!short.text.includes('value="short"'));
  await ada.signUp("Ada");
  assertStringIncludes((await new Browser(program).signUp("ADA")).text, "has an account already");

  const thing = { name: "", state: "lost", pieces: "many", bought: "2023-02-30" };
  const refused = await ada.submit("/equipment/new", thing);
  assertEquals(refused.status, 400);
  const errors = ["This is needed.", "Choose one", "from 0 to 10000", "A date is needed"];
  for (const error of errors) assertStringIncludes(refused.text, error);
  assertStringIncludes(refused.text, 'value="2023-02-30"');
  assertStringIncludes((await ada.get("/equipment")).text, "There are none yet");

  await ada.submit("/equipment/new", { name: "Drill", state: "in use", pieces: "2" });
  const edit = (await ada.get("/equipment/1/edit")).text;
  assertMatch(edit, /<option value="in use" selected>/);
  assertEquals((await ada.submit("/equipment/1/edit", { name: "Drill", state: "in use", pieces: "-1" })).status, 400);
  assertMatch((await ada.get("/equipment/1")).text, /<dd>2<\/dd>/);
});

test("examples/acl lets users do what they are allowed, model by model, from the next request on", async () => {
  await using program = await startRecordBook();
  const { ada, bob } = await adaAndBob(program);
  await ada.submit("/contacts/new", { name: "Ann" });
  assertStringIncludes((await bob.get("/")).text, "Ask an administrator");
  const pages = ["/contacts", "/contacts/1", "/contacts/new", "/contacts/1/edit", "/contacts/1/delete", "/equipment"];
  const statuses = () => Promise.all(pages.map(async (page) => (await bob.get(page)).status));
  assertEquals(await statuses(), [403, 403, 403, 403, 403, 403]);
  await allowBob(ada, "contacts read");
  assertEquals(await statuses(), [200, 200, 403, 403, 403, 403]);
  assertEquals((await bob.get("/contacts/1")).text.match(/class="(edit|delete)"/g), null);
  assertEquals((await bob.submit("/contacts", { name: "Mine" }, "/contacts/new")).status, 403);
  assertEquals((await bob.submit("/contacts", { name: "Mine" }, "/contacts/1/edit")).status, 403);
  assertEquals((await bob.submit("/contacts", {}, "/contacts/1/delete")).status, 403);

  await allowBob(ada, "contacts write");
  assertEquals(await statuses(), [200, 200, 200, 200, 403, 403]);
  assertEquals((await bob.submit("/contacts/new", { name: "Bea" })).location, "/contacts/2");
  assertStringIncludes((await bob.get("/contacts/2")).text, "by Bob");

  await allowBob(ada, "contacts delete", "equipment read");
  assertEquals(await statuses(), [200, 200, 403, 403, 200, 200]);
  assertEquals((await bob.submit("/contacts/2/delete", {})).location, "/contacts");
  // What is no permission is none.
  await allowBob(ada, "acl_users read", "contacts", "contacts admin", "contacts read'--");
  assertEquals(await statuses(), [403, 403, 403, 403, 403, 403]);
});

test("examples/acl keeps the pages of administrators for administrators, of whom one is left", async () => {
  await using program = await startRecordBook();
  const { ada, bob } = await adaAndBob(program);
  for (const page of ["/admin/users", "/admin/users/1", "/admin/users/2", "/admin/users/1/delete"]) {
    assertEquals((await bob.get(page)).status, 403, page);
    assertEquals((await bob.submit("/", { admin: "1" }, page)).status, 403, page);
  }
  await allowBob(ada, "contacts write");
  const users = (await ada.get("/admin/users")).text;
  assertMatch(users, /bob@example\.com<\/td>\s*<td>\s*read, write\s*<\/td>/);
  assertMatch((await ada.get("/admin/users/2")).text, /value="contacts write"[^>]*checked/);
  for (const page of ["/admin/users/1", "/admin/users/1/delete"]) {
    assertEquals((await ada.submit("/admin/users/2", {}, page)).status, 403, "nobody can lock themselves out");
  }
  assertEquals((await ada.get("/admin/users/3")).status, 404);

  assertEquals((await ada.submit("/admin/users/2", { admin: "1" })).status, 302);
  assertEquals((await bob.submit("/equipment/new", { name: "Saw", state: "in use", pieces: "1" })).status, 302);
  assertEquals((await bob.submit("/admin/users/1", {})).status, 302);
  assertEquals((await ada.get("/admin/users")).status, 403);
  assertEquals((await bob.submit("/admin/users/1/delete", {})).location, "/admin/users");
  assertStringIncludes((await ada.get("/")).text, "Sign in");
  // The next account is not that of the cookie which is still about.
  const cy = new Browser(program);
  await cy.signUp("Cy");
  assertEquals((await bob.get("/admin/users/3")).status, 200);
  assertStringIncludes((await ada.get("/")).text, "Sign in");
});

test("examples/acl does not give a cookie of the latest account that was deleted to the next one", async () => {
  await using program = await startRecordBook();
  const { ada, bob } = await adaAndBob(program);
  await ada.submit("/admin/users/2/delete", {});
  await new Browser(program).signUp("Cy");
  assertStringIncludes((await bob.get("/")).text, "Sign in");
});

test("examples/acl asks who is not signed in to do so, and leads back to pages of its own only", async () => {
  await using program = await startRecordBook();
  await new Browser(program).signUp("Ada");
  const ada = new Browser(program);
  assertEquals((await ada.get("/contacts?page=1")).location, "/auth/login?next=%2Fcontacts%3Fpage%3D1");
  assertEquals((await ada.get("/admin/users")).location, "/auth/login?next=%2Fadmin%2Fusers");
  assertEquals((await ada.submit("/auth/login", { name: "x" }, "/contacts/new")).status, 403);
  const signIn = (password: string, next: string) =>
    ada.submit("/auth/login", { email: "ADA@example.com", password, next });
  const wrong = await signIn("wrong horse", "/");
  assertEquals(wrong.status, 400);
  assertStringIncludes(wrong.text, "Address or password is wrong");
  for (const elsewhere of ["//evil.test", "https://evil.test", "/\\evil.test", "/\t/evil.test", "/\n/evil.test", "x"]) {
    const { status, location } = await signIn("correct horse", elsewhere);
    assertEquals([status, location], [302, "/"], elsewhere);
    assertEquals((await ada.submit("/", {}, "/auth/logout")).location, "/");
  }
  assertEquals((await signIn("correct horse", "/contacts?page=1")).location, "/contacts?page=1");
});

test("examples/acl refuses forms without their token, and forged cookies", async () => {
  await using program = await startRecordBook();
  const ada = new Browser(program);
  await ada.signUp("Ada");
  await ada.submit("/contacts/new", { name: "Ann" });
  for (const page of ["/contacts/new", "/contacts/1/edit", "/contacts/1/delete", "/admin/users/1", "/auth/logout"]) {
    const { status, text } = await ada.post(page, { name: "Forged" });
    assertEquals(status, 403, page);
    assertStringIncludes(text, "load it again");
  }
  assertMatch((await ada.get("/contacts/1")).text, /<h1>Ann<\/h1>/);
  const response = await fetch(`${program.address}/contacts`, {
    headers: { cookie: "acl_user=2|1:0|10:1700000000|8:acl_user|4:MQ==|00" },
    redirect: "manual",
  });
  assertEquals(response.status, 302);
  await response.body?.cancel();
});

test("examples/acl answers 404 with a page for what is not there", async () => {
  await using program = await startRecordBook();
  const ada = new Browser(program);
  await ada.signUp("Ada");
  const ids = ["0", "1", "01", "1.5", "-1", "1e3", "999999999999999", "9".repeat(40), "1%20OR%201=1", "new/1"];
  for (const path of [...ids.map((id) => `/contacts/${id}`), "/contacts?page=2", "/contacts?page=0", "/acl_users"]) {
    const { status, text } = await ada.get(path);
    assertEquals(status, 404, path);
    assertStringIncludes(text, "There is no such page");
    assertStringIncludes(text, "Sign out Ada");
  }
  assertEquals((await ada.post("/nowhere", {})).status, 404);
  assertEquals((await ada.submit("/contacts/new", { name: "x" }, "/contacts/1/edit")).status, 404);
  assertEquals((await ada.submit("/contacts/new", {}, "/contacts/1/delete")).status, 404);
});

test("examples/acl shows long lists page by page", async () => {
  await using program = await startRecordBook();
  const ada = new Browser(program);
  await ada.signUp("Ada");
  for (let number = 1; number <= 21; number++) await ada.submit("/contacts/new", { name: `Contact ${number}` });
  const first = (await ada.get("/contacts")).text;
  assertEquals(first.match(/<a href="\/contacts\/\d+">/g)?.length, 20);
  assertStringIncludes(first, "Page 1 of 2");
  assertStringIncludes(first, '<a href="/contacts?page=2">Older</a>');
  const second = (await ada.get("/contacts?page=2")).text;
  assertEquals(second.match(/<a href="\/contacts\/\d+">/g), ['<a href="/contacts/1">']);
});

test("examples/acl keeps records, permissions and hashed passwords, and who is signed in stays so", async () => {
  using dir = new TempDir();
  const file = `${dir.path}/acl.sqlite`;
  const start = () => startRecordBook([`--db=${file}`], [`--allow-write=${dir.path}`]);
  let bob: Browser;
  {
    await using program = await start();
    const both = await adaAndBob(program);
    bob = both.bob;
    await allowBob(both.ada, "equipment write");
    await bob.submit("/equipment/new", { name: "Kept", state: "in stock", pieces: "3" });
    assertEquals(await program.interrupt(), 0);
  }
  const db = new DatabaseSync(file, { readOnly: true });
  const users = db.prepare("SELECT password, is_admin FROM acl_users ORDER BY id").all();
  assertEquals(users.map((user) => user.is_admin), [1, 0]);
  for (const { password } of users) assertMatch(String(password), /^[0-9a-f]{32}\$[0-9a-f]{64}$/);
  db.close();
  await using program = await start();
  bob.moved(program);
  assertStringIncludes((await bob.get("/equipment/1")).text, "<h1>Kept</h1>");
  assertEquals((await bob.get("/contacts")).status, 403);
});
