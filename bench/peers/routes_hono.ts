// As many routes as the first argument says, of which 3 in 10 have a parameter.
import { Hono } from "npm:hono@4.13.19";

const app = new Hono();
for (let i = 0; i < Number(Deno.args[0]); i++) {
  app.get(i % 10 < 3 ? `/section${i}/:id{[0-9]+}` : `/section${i}/page`, (c) => c.text("Hello, world"));
}
app.get("/last/:id{[0-9]+}", (c) => c.text("Hello, world"));
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  app.fetch,
);
