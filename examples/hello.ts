import { Application, RequestHandler } from "../src/web/mod.ts";
import { listen } from "./shared/listen.ts";
import { option } from "./shared/option.ts";

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
const server = listen(app, Number(option("port", "8888")));
console.log(`http://localhost:${server.port}/`);
server.drainOn(["SIGINT", "SIGTERM"], 5);
