// The comparison of validations in hono on Deno.serve: without a schema, or with that of zod by its own validator.
import { zValidator } from "npm:@hono/zod-validator@0.9.1";
import { Hono } from "npm:hono@4.13.19";
import { HTTPException } from "npm:hono@4.13.19/http-exception";
import { z } from "npm:zod@4.6.7";

const line = z.object({ sku: z.string(), name: z.string(), count: z.int().min(1), price: z.number() });
const order = z.object({ id: z.int(), email: z.string(), note: z.string(), lines: z.array(line) });

const app = new Hono();
// wrk leaves at the end of each round, while bodies are on their way.
app.onError((error, c) => {
  if (![Deno.errors.BadResource, Deno.errors.Interrupted, HTTPException].some((left) => error instanceof left)) {
    console.error(error);
  }
  return c.text("", 500);
});
if (Deno.args[0] === "plain") app.post("/", async (c) => c.json({ id: (await c.req.json()).id }));
else app.post("/", zValidator("json", order), (c) => c.json({ id: c.req.valid("json").id }));

Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  app.fetch,
);
