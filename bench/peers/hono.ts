// hono on Deno.serve, with the same five headers.
import { Hono } from "npm:hono@4.13.19";

const app = new Hono();
app.get("/", (c) =>
  c.body("Hello, world", 200, {
    "Server": "hono",
    "Content-Type": "text/html; charset=UTF-8",
    "Etag": '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"',
  }));
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  app.fetch,
);
