// What a flooding client attacks: [engine] [root of the code]
const [engine = "listen", root = "../.."] = Deno.args;
const { Application, RequestHandler, streamRequestBody }: typeof import("../../src/web/mod.ts") = await import(
  `${root}/src/web/mod.ts`
);
const { WebSocketHandler }: typeof import("../../src/websocket/mod.ts") = await import(`${root}/src/websocket/mod.ts`);

/** A handler that does something, though not much. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

class HomeHandler extends RequestHandler {
  override get(): void {
    this.write("hello");
  }
}

class BusyHandler extends RequestHandler {
  override get(): void {
    work(0.02);
    this.write("hello");
  }
}

@streamRequestBody
class UploadHandler extends RequestHandler {
  override prepare(): void {
    this.request.connection?.setMaxBodySize(2 ** 50);
  }
  override dataReceived(): void {
    work(0.5);
  }
  override post(): void {}
}

class BusySocket extends WebSocketHandler {
  override getCompressionOptions(): Record<string, never> {
    return {};
  }
  override onMessage(): void {
    work(0.005);
  }
}

const app = new Application([["/", HomeHandler], ["/busy", BusyHandler], ["/upload", UploadHandler], [
  "/ws",
  BusySocket,
]], {
  logFunction() {},
});
const server = engine === "serve"
  ? app.listen(0, { engine: "serve", address: "127.0.0.1" })
  : app.listen(0, { address: "127.0.0.1" });
console.log(`listening ${server.port}`);
