// Forms of any size, of which only the bytes of the files are counted: Twister.
import { Application, RequestHandler, streamRequestBody, UploadForm } from "../../src/web/mod.ts";

@streamRequestBody
class UploadHandler extends RequestHandler {
  static override borrowBodyChunks: boolean = true;
  #length = 0;
  readonly #form: UploadForm = new UploadForm(this, {
    maxSize: 4 * 2 ** 30,
    part: () => ({ data: (chunk) => void (this.#length += chunk.length) }),
  });

  override dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#form.receive(chunk);
  }

  override post(): void {
    this.#form.complete();
    this.write({ files: [{ size: this.#length }] });
  }
}

const server = new Application([["/upload", UploadHandler]]).listen(0, { address: "127.0.0.1" });
console.log(`listening ${server.port}`);
