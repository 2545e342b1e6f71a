import { Application, RequestHandler } from "../src/web/mod.ts";
import { listen } from "./shared/listen.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

class GreetingHandler extends RequestHandler {
  override get(name: string): void {
    this.write({ greeting: `${this.getQueryArgument("word", "Hello")}, ${name}` });
  }
}

const app = new Application([["/", MainHandler], [String.raw`/greet/(\w+)`, GreetingHandler]]);
const server = listen(app, Number(Deno.args[0]?.replace("--port=", "") ?? 8888));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], 5);
