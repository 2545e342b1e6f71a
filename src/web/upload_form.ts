import { HTTPInputError, type MultipartEvent, MultipartParser, type PartHead } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { checkLimit } from "../internal/limits.ts";
import { toError } from "../internal/promises.ts";
import { genLog } from "../util/log.ts";
import { stateOf } from "./_request_handler/private_parts.ts";
import { Field } from "./_upload/field.ts";
import type { PartReceiver, UploadFormOptions } from "./_upload/upload_options.ts";
import { Spool, UploadedFile } from "./_upload/spooled_file.ts";
import { HTTPError } from "./errors.ts";
import type { RequestHandler } from "./request_handler.ts";

export { UploadedFile };
export type { PartReceiver, UploadFormOptions };

/** More than the texts of any form need, and little enough for a thousand clients at a time. */
const DEFAULT_MAX_FIELDS_SIZE = 1048576;

/**
 * Receives a form of type multipart/form-data while it arrives, for a handler with `streamRequestBody`. Files go to
 * temporary files, or each part to a receiver that the application chooses; the client waits while they work. Not in
 * Tornado.
 *
 * Only the fields other than files take memory, whatever the size of the body. The temporary files are deleted when the
 * request has ended, in whatever way; move the ones to keep before that. The handler may have `borrowBodyChunks`,
 * unless a receiver of its own keeps the pieces.
 *
 * @example
 * ```ts
 * import { Application, RequestHandler, streamRequestBody, UploadForm } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * @streamRequestBody
 * class Upload extends RequestHandler {
 *   readonly #form = new UploadForm(this, { maxSize: 2 ** 31, maxPartSize: 2 ** 30 });
 *
 *   override dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
 *     return this.#form.receive(chunk);
 *   }
 *   override post(): void {
 *     this.#form.complete();
 *     const [file] = this.#form.files.picture;
 *     this.write(`${this.getBodyArgument("title")}: ${file.filename}, ${file.size} bytes`);
 *   }
 * }
 *
 * const body = new FormData();
 * body.set("title", "A picture");
 * body.set("picture", new File(["pixels"], "a.png"));
 * const app = new Application([["/", Upload]]);
 * const response = await app.fetch(new Request("http://localhost/", { method: "POST", body }));
 * assertEquals(await response.text(), "A picture: a.png, 6 bytes");
 * ```
 */
export class UploadForm {
  /** The complete files, by the name of their field. */
  readonly files: Record<string, UploadedFile[]> = Object.create(null);
  readonly #handler: RequestHandler;
  readonly #options: UploadFormOptions;
  #parser: MultipartParser | null = null;
  #receiver: PartReceiver | null = null;
  #partSize = 0;
  #fieldsSize = 0;
  #isField = false;
  #directory: string | null = null;
  #spooled = 0;
  /** `receive` is at work, and will clean up itself. */
  #busy = false;
  #over = false;
  /** What `receive` threw. */
  #failure: unknown = null;

  /**
   * Makes a form for one request. Make it before the body arrives: as a field of the handler, or in `initialize` or
   * `prepare`.
   *
   * @throws {RangeError} If a limit is not a whole number, or is negative.
   */
  constructor(handler: RequestHandler, options: UploadFormOptions = {}) {
    const { maxPartSize = Infinity, maxFieldsSize = DEFAULT_MAX_FIELDS_SIZE } = options;
    checkLimit("maxPartSize", maxPartSize);
    checkLimit("maxFieldsSize", maxFieldsSize);
    this.#handler = handler;
    this.#options = options;
    if (options.maxSize !== undefined) handler.request.connection?.setMaxBodySize(options.maxSize);
    stateOf(handler).whenOver(() => this.#end());
  }

  /**
   * Takes a piece of the body. `dataReceived` calls it and returns its promise.
   *
   * @throws {HTTPError} 400 if the form is malformed, 413 if it exceeds a limit; also any error that a receiver throws.
   */
  async receive(chunk: Bytes): Promise<void> {
    if (this.#over) return;
    // After an error, the rest of the body has no meaning.
    if (this.#failure !== null) throw this.#failure;
    this.#busy = true;
    try {
      for (const event of this.#start().feed(chunk)) {
        await this.#take(event);
        if (this.#over) return;
      }
    } catch (error) {
      throw this.#failure = asHTTPError(error);
    } finally {
      this.#busy = false;
      if (this.#over) await this.#cleanUp();
    }
  }

  /**
   * Makes sure that the form is complete. The method of the request calls it before it uses the form. From then on, the
   * fields other than files are arguments of the request's body.
   *
   * @throws {HTTPError} 400 if the end of the form is missing, or the request has no form.
   */
  complete(): void {
    if (this.#failure !== null) throw this.#failure;
    try {
      this.#start().finish();
    } catch (error) {
      throw asHTTPError(error);
    }
  }

  #start(): MultipartParser {
    if (this.#parser !== null) return this.#parser;
    const { headers } = this.#handler.request;
    const encoding = headers.get("Content-Encoding");
    if (encoding !== null) throw new HTTPInputError(`Unsupported Content-Encoding: ${encoding}`);
    const { config } = this.#options;
    const type = headers.get("Content-Type") ?? "";
    return this.#parser = MultipartParser.of(type, config === undefined ? {} : { config });
  }

  async #take(event: MultipartEvent): Promise<void> {
    if (event.type === "part") {
      this.#partSize = 0;
      this.#receiver = await this.#receiverOf(event.part);
    } else if (event.type === "data") {
      this.#count(event.chunk.length);
      await this.#receiver?.data(event.chunk);
    } else {
      const receiver = this.#receiver;
      this.#receiver = null;
      await receiver?.end?.();
    }
  }

  async #receiverOf(part: PartHead): Promise<PartReceiver> {
    const own = await this.#options.part?.(part);
    this.#isField = own === undefined && part.filename === null;
    if (own !== undefined) return own;
    if (part.filename === null) return new Field((value) => this.#addField(part.name, value));
    this.#directory ??= await Deno.makeTempDir({ prefix: "upload-", ...this.#place() });
    return await Spool.open(part, `${this.#directory}/${this.#spooled++}`, (file) => {
      (this.files[part.name] ??= []).push(file);
    });
  }

  #place(): Deno.MakeTempOptions {
    const { directory } = this.#options;
    return directory === undefined ? {} : { dir: directory };
  }

  #count(length: number): void {
    const { maxPartSize = Infinity, maxFieldsSize = DEFAULT_MAX_FIELDS_SIZE } = this.#options;
    this.#partSize += length;
    if (this.#partSize > maxPartSize) {
      throw new HTTPInputError(`multipart/form-data part is longer than ${maxPartSize} bytes`, { statusCode: 413 });
    }
    if (!this.#isField) return;
    this.#fieldsSize += length;
    if (this.#fieldsSize > maxFieldsSize) {
      throw new HTTPInputError(`multipart/form-data fields are longer than ${maxFieldsSize} bytes`, {
        statusCode: 413,
      });
    }
  }

  #addField(name: string, value: Bytes): void {
    const { request } = this.#handler;
    // The first look at `arguments` would take those of the body along.
    const all = request.arguments;
    (request.bodyArguments[name] ??= []).push(value);
    (all[name] ??= []).push(value);
  }

  #end(): void {
    this.#over = true;
    if (!this.#busy) this.#cleanUp();
  }

  /** It never fails: nobody is left to hear of it. */
  async #cleanUp(): Promise<void> {
    const receiver = this.#receiver;
    const directory = this.#directory;
    this.#receiver = this.#directory = null;
    try {
      try {
        receiver?.abort?.();
      } finally {
        if (directory !== null) await Deno.remove(directory, { recursive: true });
      }
    } catch (error) {
      genLog.error("Cannot clean up after an upload", toError(error));
    }
  }
}

function asHTTPError(error: unknown): unknown {
  if (!(error instanceof HTTPInputError)) return error;
  return new HTTPError(error.statusCode, "Invalid body: %s", { args: [error.message], cause: error });
}
