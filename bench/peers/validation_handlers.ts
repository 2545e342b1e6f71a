// The handlers of the comparison of validations: a POST of 1 KB of JSON is answered with one number of it. The plain
// ones do as little as a program may do: they look neither at the Content-Type nor for members named `__proto__`.
import { type } from "npm:arktype@2.2.9";
import Type, { type Static, type TSchema } from "npm:typebox@1.4.3";
import { Compile } from "npm:typebox@1.4.3/compile";
import { z } from "npm:zod@4.6.7";
import { type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { RequestHandler, type RequestHandlerClass } from "../../src/web/mod.ts";

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

/** Makes a Standard Schema, which TypeBox does not have, of a compiled one. */
function compiled<T extends TSchema>(schema: T): StandardSchema<Static<T>> {
  const validator = Compile(schema);
  return {
    "~standard": {
      version: 1,
      vendor: "typebox",
      validate: (value) => {
        if (validator.Check(value)) return { value };
        const errors = validator.Errors(value);
        return {
          issues: errors.map(({ message, instancePath }) => ({ message, path: instancePath.split("/").slice(1) })),
        };
      },
    },
  };
}

const typeboxLine = Type.Object({
  sku: Type.String(),
  name: Type.String(),
  count: Type.Integer({ minimum: 1 }),
  price: Type.Number(),
});
const typebox = Type.Object({
  id: Type.Integer(),
  email: Type.String(),
  note: Type.String(),
  lines: Type.Array(typeboxLine),
});

class Plain extends RequestHandler {
  override post(): void {
    const { id }: Order = JSON.parse(this.getBodyText());
    this.write({ id });
  }
}

/** The same once more: what two equal handlers differ by is the error of the comparison. */
class Twin extends RequestHandler {
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

class Typebox extends TypedHandler({
  post: { body: compiled(typebox), response: { 200: compiled(Type.Object({ id: Type.Integer() })) } },
}) {
  override post(): void {
    this.reply(200, { id: this.args.body.id });
  }
}

/** A small request, where what a declaration costs is the most of it. */
class SmallPlain extends RequestHandler {
  override get(): void {
    this.write({ id: 7 });
  }
}

class SmallDeclared extends TypedHandler({ get: { response: { 200: anything } } }) {
  override get(): void {
    this.reply(200, { id: 7 });
  }
}

/** The handlers by name. */
export const handlers: ReadonlyMap<string, RequestHandlerClass> = new Map<string, RequestHandlerClass>(
  Object.entries({
    plain: Plain,
    "plain again": Twin,
    "plain with zod": PlainZod,
    declared: Declared,
    zod: Zod,
    arktype: Arktype,
    typebox: Typebox,
    "small plain": SmallPlain,
    "small declared": SmallDeclared,
  }),
);

/** Returns the path of a handler. */
export function pathOf(name: string): string {
  return `/${name.replaceAll(" ", "-")}`;
}

const lineOf = (i: number) => ({ sku: `sku-${i}`, name: `The name of article ${i}`, count: i + 1, price: 9.5 * i });

/** What each handler is compared with. The small ones take a GET, all others a POST. */
export const plainHandlers: ReadonlyMap<string, "plain" | "small plain"> = new Map(
  Array.from(handlers.keys(), (name) => [name, name.startsWith("small") ? "small plain" : "plain"] as const),
);

/** The body of the requests. */
export const orderText: string = JSON.stringify({
  id: 7,
  email: "ada@example.com",
  note: "x".repeat(330),
  lines: Array.from({ length: 8 }, (_, i) => lineOf(i)),
});
