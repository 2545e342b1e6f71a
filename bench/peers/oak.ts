// oak on Deno, with the same five headers. The first argument says which build: oak's home is JSR, and its own build
// for npm, which runs on node:http, stands in where JSR cannot be reached.
const { Application, Router } = await import(Deno.args[0] ?? "jsr:@oak/oak@17.1.6");

const router = new Router();
// deno-lint-ignore no-explicit-any -- the module's types depend on the argument
router.get("/", (context: any) => {
  const { headers } = context.response;
  headers.set("Server", "oak");
  headers.set("Content-Type", "text/html; charset=UTF-8");
  headers.set("Etag", '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"');
  context.response.body = "Hello, world";
});
const app = new Application();
app.use(router.routes());
// The build for npm reports port 0 as such, and reports it before it listens: find a free port, and wait.
const probe = Deno.listen({ port: 0, hostname: "127.0.0.1" });
const { port } = probe.addr;
probe.close();
app.listen({ port, hostname: "127.0.0.1" });
for (let open = false; !open;) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  open = await Deno.connect({ port, hostname: "127.0.0.1" }).then((conn) => conn.close()).then(() => true, () => false);
}
console.log(`listening ${port}`);
