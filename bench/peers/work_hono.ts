// What small applications do with a request, in hono.
import { Hono } from "npm:hono@4.13.19";
import { getSignedCookie, setSignedCookie } from "npm:hono@4.13.19/cookie";

const SECRET = "an example of a secret, 44 characters long..";

const app = new Hono();
app.get("/", (c) => c.text("Hello, world"));
app.get("/item/:id{[0-9]+}", (c) => c.json({ id: c.req.param("id"), query: c.req.query("query") }));
app.post("/json", async (c) => {
  const { name, note } = await c.req.json();
  return c.json({ name, length: note.length });
});
app.post("/form", async (c) => {
  const { name, note } = await c.req.parseBody();
  return c.json({ name, length: String(note).length });
});
app.get("/user", async (c) => {
  const user = await getSignedCookie(c, SECRET, "user");
  if (user === undefined) await setSignedCookie(c, "user", "ada", SECRET);
  return c.json({ user: user ?? null });
});
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  app.fetch,
);
