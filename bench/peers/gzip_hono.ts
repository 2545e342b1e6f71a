// 20 KiB of JSON in gzip, in hono.
import { Hono } from "npm:hono@4.13.19";
import { compress } from "npm:hono@4.13.19/compress";
import { ITEMS } from "./gzip_items.ts";

const app = new Hono();
app.use(compress());
app.get("/", (c) => c.json({ items: ITEMS }));
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  app.fetch,
);
