// A server that is asked for everything at once, on the engine that --engine names. /state tells its heap after a
// collection, and its open descriptors.
import { Application, RequestHandler, streamRequestBody } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import { argument } from "../support.ts";

declare const gc: () => void;

class State extends RequestHandler {
  override get(): void {
    gc();
    const descriptors = [...Deno.readDirSync("/proc/self/fd")].length;
    this.write({ heap: Deno.memoryUsage().heapUsed, descriptors });
  }
}

class Hello extends RequestHandler {
  override get(name: string): void {
    this.write({ hello: name, query: this.getArgument("q", "") });
  }
  override post(): void {
    this.write(`${this.getBodyArgument("note").length}`);
  }
}

class Pieces extends RequestHandler {
  override async get(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      this.write("x".repeat(10_000));
      await this.flush();
    }
  }
}

@streamRequestBody
class Upload extends RequestHandler {
  #size = 0;
  override dataReceived(chunk: Uint8Array): void {
    this.#size += chunk.length;
  }
  override put(): void {
    this.write(`${this.#size}`);
  }
}

class Fails extends RequestHandler {
  override get(): void {
    throw new Error("as it should");
  }
  override logException(): void {}
}

class Echo extends WebSocketHandler {
  override onMessage(message: string | Uint8Array): void {
    this.writeMessage(message);
  }
}

const app = new Application([
  ["/state", State],
  ["/hello/([a-z]+)", Hello],
  ["/pieces", Pieces],
  ["/upload", Upload],
  ["/fails", Fails],
  ["/echo", Echo],
], { logFunction() {} });
const address = "127.0.0.1";
const server = argument("engine", "listen") === "serve"
  ? app.listen(0, { engine: "serve", address })
  : app.listen(0, { address });
console.log(`listening ${server.port}`);
