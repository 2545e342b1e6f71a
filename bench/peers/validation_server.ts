// A POST of JSON that answers with one number: by a plain handler, or by a typed one with the schemas of a validator.
import { type } from "npm:arktype@2.2.9";
import { z } from "npm:zod@4.6.7";
import { type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { Application, RequestHandler, type RequestHandlerClass } from "../../src/web/mod.ts";

interface Order {
  readonly id: number;
}

const anything: StandardSchema<Order> = {
  // What it costs to declare, when the validation itself costs nothing.
  "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value: value as Order }) },
};

const line = z.object({ sku: z.string(), name: z.string(), count: z.int().min(1), price: z.number() });
const zod = z.object({ id: z.int(), email: z.string(), note: z.string(), lines: z.array(line) });
const arktype = type({
  id: "number.integer",
  email: "string",
  note: "string",
  lines: type({ sku: "string", name: "string", count: "number.integer >= 1", price: "number" }).array(),
});

class Plain extends RequestHandler {
  override post(): void {
    const { id }: Order = JSON.parse(this.getBodyText());
    this.write({ id });
  }
}

/** What a program without typed handlers does to validate. */
class PlainZod extends RequestHandler {
  override post(): void {
    const { id } = zod.parse(JSON.parse(this.getBodyText()));
    this.write({ id });
  }
}

class Declared extends TypedHandler({ post: { body: anything, response: { 200: anything } } }) {
  override post(): void {
    this.reply(200, { id: this.args.body.id });
  }
}

class Zod extends TypedHandler({ post: { body: zod, response: { 200: z.object({ id: z.int() }) } } }) {
  override post(): void {
    this.reply(200, { id: this.args.body.id });
  }
}

class Arktype extends TypedHandler({ post: { body: arktype, response: { 200: type({ id: "number.integer" }) } } }) {
  override post(): void {
    this.reply(200, { id: this.args.body.id });
  }
}

const handlers = { plain: Plain, "plain with zod": PlainZod, declared: Declared, zod: Zod, arktype: Arktype };
const handler = new Map<string, RequestHandlerClass>(Object.entries(handlers)).get(Deno.args[0] ?? "");
if (handler === undefined) throw new RangeError(`There is no handler ${Deno.args[0]}`);
console.log(`listening ${new Application([["/", handler]]).listen(0, { address: "127.0.0.1" }).port}`);
