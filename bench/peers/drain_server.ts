// A server that works so many milliseconds for each request, and drains at SIGTERM: [engine] [ms] [root of the code]
const [engine = "listen", work = "0", root = "../.."] = Deno.args;
const { Application, RequestHandler }: typeof import("../../src/web/mod.ts") = await import(`${root}/src/web/mod.ts`);

class WorkingHandler extends RequestHandler {
  override get(): void {
    const end = performance.now() + Number(work);
    while (performance.now() < end);
    this.write("done");
  }
}

const app = new Application([["/", WorkingHandler]], { logFunction() {} });
const server = engine === "serve"
  ? app.listen(0, { engine: "serve", address: "127.0.0.1" })
  : app.listen(0, { address: "127.0.0.1" });
console.log(`listening ${server.port}`);
Deno.addSignalListener("SIGTERM", async () => {
  await server.drain(30);
  Deno.exit();
});
