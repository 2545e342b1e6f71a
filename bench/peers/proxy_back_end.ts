// A back end for the proxy: small and endless answers, uploads, events, WebSockets, and answers that break off.
import { Application, RequestHandler, streamRequestBody } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";

const logFile = Deno.args[0] ?? "";
const PIECE = new Uint8Array(65536);

class Small extends RequestHandler {
  override get(): void {
    this.write("hello, world");
  }
  override post(): void {
    // Written before the answer, so that it is known what was carried out, even of a process that is killed.
    Deno.writeTextFileSync(logFile, `${this.request.body.length > 0 ? this.getBodyText() : ""}\n`, { append: true });
    this.write("taken");
  }
}

class Big extends RequestHandler {
  override async get(): Promise<void> {
    const pieces = Number(this.getQueryArgument("bytes")) / PIECE.length;
    for (let i = 0; i < pieces; i++) {
      this.write(PIECE);
      await this.flush();
    }
  }
}

@streamRequestBody
class Upload extends RequestHandler {
  #length = 0;
  override prepare(): void {
    this.request.connection?.setMaxBodySize(2 ** 40);
  }
  override dataReceived(chunk: Uint8Array<ArrayBuffer>): void {
    this.#length += chunk.length;
  }
  override post(): void {
    this.write(String(this.#length));
  }
}

class Events extends RequestHandler {
  override async get(): Promise<void> {
    this.setHeader("Content-Type", "text/event-stream");
    this.write("data: first\n\n");
    await this.flush();
    await new Promise<void>((resolve) => this.#left = resolve);
  }
  #left: () => void = () => {};
  override onConnectionClose(): void {
    this.#left();
  }
}

class Broken extends RequestHandler {
  override async get(): Promise<void> {
    this.setHeader("Content-Length", 1000);
    this.write("the beginning");
    await this.flush();
    this.request.connection?.abort();
  }
}

class Echo extends WebSocketHandler {
  override async onMessage(message: string | Uint8Array): Promise<void> {
    await this.writeMessage(message);
  }
}

const app = new Application([
  ["/", Small],
  ["/big", Big],
  ["/upload", Upload],
  ["/events", Events],
  ["/broken", Broken],
  ["/ws", Echo],
], { logFunction: () => {} });
const server = app.listen(0, { address: "127.0.0.1", backlog: 4096 });
console.log(`listening ${server.port}`);
