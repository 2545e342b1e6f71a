// What small applications do with a request, in hono; with --same-headers each answer has those of Twister.
import { type Context, Hono } from "npm:hono@4.13.19";
import { getSignedCookie, setSignedCookie } from "npm:hono@4.13.19/cookie";

const SECRET = "an example of a secret, 44 characters long..";
const POST = { "Server": "hono" };
const GET = { ...POST, "Etag": '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"' };
const HELLO = { ...GET, "Content-Type": "text/html; charset=UTF-8" };
const same = Deno.args.includes("--same-headers");

/** Without headers of its own, hono makes an answer in a shorter way. */
const json = same
  ? (c: Context, value: object, headers: Record<string, string>) => c.json(value, 200, headers)
  : (c: Context, value: object) => c.json(value);
const text = same
  ? (c: Context, value: string) => c.body(value, 200, HELLO)
  : (c: Context, value: string) => c.text(value);

const app = new Hono();
app.get("/", (c) => text(c, JSON.stringify({ id: "7", query: "twister" })));
app.get("/item/:id{[0-9]+}", (c) => json(c, { id: c.req.param("id"), query: c.req.query("query") }, GET));
app.post("/json", async (c) => {
  const { name, note } = await c.req.json();
  return json(c, { name, length: note.length }, POST);
});
app.post("/form", async (c) => {
  const { name, note } = await c.req.parseBody();
  return json(c, { name, length: String(note).length }, POST);
});
app.get("/user", async (c) => {
  const user = await getSignedCookie(c, SECRET, "user");
  if (user === undefined) await setSignedCookie(c, "user", "ada", SECRET);
  return json(c, { user: user ?? null }, GET);
});
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  app.fetch,
);
