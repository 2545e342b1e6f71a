// 1 GiB down (GET /down), any size up (POST /up), and how far the last download has got (GET /progress): Twister.
import { Application, RequestHandler, streamRequestBody } from "../../src/web/mod.ts";
import { CHUNK, SIZE } from "./streaming_body.ts";

let progress = 0;

class DownHandler extends RequestHandler {
  override async get(): Promise<void> {
    this.setHeader("Content-Length", SIZE);
    for (progress = 0; progress < SIZE; progress += CHUNK.length) {
      this.write(CHUNK);
      await this.flush();
    }
  }
}

@streamRequestBody
class UpHandler extends RequestHandler {
  static override borrowBodyChunks: boolean = Deno.args.includes("--borrow");
  #length = 0;

  override dataReceived(chunk: Uint8Array): void {
    this.#length += chunk.length;
  }

  override post(): void {
    this.write(String(this.#length));
  }
}

class ProgressHandler extends RequestHandler {
  override get(): void {
    this.write(String(progress));
  }
}

const app = new Application([["/down", DownHandler], ["/up", UpHandler], ["/progress", ProgressHandler]]);
const server = app.listen(0, { address: "127.0.0.1", maxBodySize: SIZE });
console.log(`listening ${server.port}`);
