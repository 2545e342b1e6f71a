// The comparison of validations in fastify on Node: without a schema, or with JSON Schemas that it compiles ahead.
// bench/validation.ts runs it from a folder that has fastify installed, which is why its name is not one that
// `deno check` could resolve here.
const name = "fastify";
const { default: Fastify } = await import(name);

const object = (properties) => ({ type: "object", properties, required: Object.keys(properties) });
const text = { type: "string" };
const line = object({ sku: text, name: text, count: { type: "integer", minimum: 1 }, price: { type: "number" } });
const order = object({ id: { type: "integer" }, email: text, note: text, lines: { type: "array", items: line } });
const schema = { body: order, response: { 200: object({ id: { type: "integer" } }) } };

const app = Fastify();
app.post("/", process.argv[2] === "plain" ? {} : { schema }, (request, reply) => {
  reply.send({ id: request.body.id });
});
await app.listen({ port: 0, host: "127.0.0.1" });
console.log(`listening ${app.server.address().port}`);
