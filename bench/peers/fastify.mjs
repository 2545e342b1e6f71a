// fastify on Node, with the same five headers. Run by bench/side_by_side.ts from a folder that has fastify installed,
// which is why its name is not one that `deno check` could resolve here.
const name = "fastify";
const { default: Fastify } = await import(name);

const app = Fastify();
app.get("/", (_request, reply) => {
  reply
    .header("Server", "fastify")
    .header("Content-Type", "text/html; charset=UTF-8")
    .header("Etag", '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"')
    .send("Hello, world");
});
await app.listen({ port: 0, host: "127.0.0.1" });
console.log(`listening ${app.server.address().port}`);
