import type { Duplex } from "node:stream";
import type { Bytes } from "../../internal/bytes.ts";
import type { BaseIOStream } from "../_iostream/base_iostream.ts";
import { StreamClosedError } from "../_iostream/errors.ts";

/** The most bytes of one read: a record of TLS with its head. */
const CHUNK = 16 * 1024 + 256;

/** Wraps a stream, which belongs to the result from now on, in one of `node:stream`, which TLS can be put on. */
export async function toNodeStream(stream: BaseIOStream): Promise<Duplex> {
  const { Duplex } = await import("node:stream");
  return new Duplex({
    read() {
      stream.readBytes(CHUNK, true).then((bytes) => this.push(bytes), (error) => {
        const cause = error instanceof StreamClosedError ? error.realError : error;
        if (cause === null) this.push(null);
        else this.destroy(cause);
      });
    },
    write(chunk: Bytes, _encoding, callback) {
      stream.write(chunk).then(() => callback(), callback);
    },
    destroy(error, callback) {
      stream.close();
      callback(error);
    },
  });
}
