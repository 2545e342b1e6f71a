// Counts the bytes of what is sent, and answers as many as are asked for.
import { Application, RequestHandler } from "../../src/web/mod.ts";

class Sizes extends RequestHandler {
  override get(size: string): void {
    this.setHeader("Etag", '"none"');
    this.write("x".repeat(Number(size)));
  }
  override post(): void {
    this.write(String(this.request.body.length));
  }
}

const app = new Application([["/([0-9]+)", Sizes]]);
console.log(`listening ${app.listen(0, { address: "127.0.0.1" }).port}`);
