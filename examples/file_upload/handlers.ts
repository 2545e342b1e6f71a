import { appLog } from "../../src/util/log.ts";
import {
  HTTPError,
  RequestHandler,
  type SendErrorOptions,
  StaticFileHandler,
  streamRequestBody,
  UploadForm,
} from "../../src/web/mod.ts";
import { formatSize } from "./format_size.ts";
import { type FileStore, type IncomingFile, LimitError, type StoredFile } from "./store.ts";

/** Bytes for boundaries, heads of parts and fields, besides the files of the largest form. */
const FORM_OVERHEAD = 2 ** 20;

interface StoreContext {
  readonly store: FileStore;
}

abstract class StoreHandler extends RequestHandler {
  declare readonly kwargs: StoreContext;

  get store(): FileStore {
    return this.kwargs.store;
  }

  /** Whether a browser waits that shows what it gets, and no script or program. */
  get wantsPage(): boolean {
    return this.request.headers.get("Accept")?.includes("text/html") ?? false;
  }

  override setDefaultHeaders(): void {
    this.setHeader("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'");
    this.setHeader("Cache-Control", "no-store");
  }

  override writeError(statusCode: number, options: SendErrorOptions): void | Promise<void> {
    const { error } = options;
    if (this.wantsPage || !(error instanceof HTTPError)) return super.writeError(statusCode, options);
    this.write({ error: error.getMessage() ?? error.message });
  }
}

export class HomeHandler extends StoreHandler {
  override get(): void {
    this.render("index.html", { files: this.store.list(), limits: this.store.limits });
  }
}

export class FileListHandler extends StoreHandler {
  override get(): void {
    this.write({ files: this.store.list() });
  }
}

/** Takes files while they come. They are kept if the request is complete, and deleted if it ends in any other way. */
abstract class UploadHandler extends StoreHandler {
  /** A piece is on disk when its promise settles, and not used any more. */
  static override borrowBodyChunks: boolean = true;
  #incoming: IncomingFile[] = [];

  receive(name: string): IncomingFile {
    const file = this.store.receive(name);
    this.#incoming.push(file);
    return file;
  }

  /**
   * Takes bodies of more than the server's limit; one that is announced as too long is refused before it is sent.
   *
   * @throws {HTTPError} 413 if it is longer than that many bytes.
   */
  limitBody(bytes: number): void {
    // The store counts what comes, and says more than the server, whose limit is there for bodies in memory.
    this.request.connection?.setMaxBodySize(Infinity);
    const length = Number(this.request.headers.get("Content-Length"));
    if (length > bytes) {
      throw new HTTPError(413, "There may be %s at most", { args: [formatSize(bytes)] });
    }
  }

  /** @throws {HTTPError} 413 if the file is too large, 507 if the store is full. */
  async add(file: IncomingFile, chunk: Uint8Array): Promise<void> {
    try {
      await file.write(chunk);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      throw new HTTPError(error.limit === "maxFile" ? 413 : 507, "%s", { args: [error.message], cause: error });
    }
  }

  /** Keeps all files, and answers with what is known of them. */
  async keepAll(): Promise<void> {
    const files: StoredFile[] = [];
    for (const file of this.#incoming) files.push(await file.keep());
    if (this.wantsPage) return this.redirect("/", { status: 303 });
    this.setStatus(201);
    this.write({ files });
  }

  override onFinish(): void {
    this.#discard();
  }

  override onConnectionClose(): void {
    this.#discard();
  }

  async #discard(): Promise<void> {
    for (const file of this.#incoming.splice(0)) {
      await file.discard().catch((error) => appLog.error("Cannot delete what is left of an upload", error));
    }
  }
}

/** Takes files from a form of the page or of a program. Its query has the XSRF token: the check precedes the body. */
@streamRequestBody
export class FormHandler extends UploadHandler {
  static override SUPPORTED_METHODS: readonly string[] = ["POST"];
  #form: UploadForm | null = null;
  #files = 0;

  override prepare(): void {
    this.limitBody(this.store.limits.maxTotal + FORM_OVERHEAD);
    this.#form = new UploadForm(this, {
      part: ({ filename }) => {
        if (filename === null) return undefined;
        this.#files++;
        const file = this.receive(filename);
        return { data: (chunk) => this.add(file, chunk) };
      },
    });
  }

  override dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> | void {
    return this.#form?.receive(chunk);
  }

  override async post(): Promise<void> {
    this.#form?.complete();
    if (this.#files === 0) throw new HTTPError(400, "The form has no file");
    await this.keepAll();
  }
}

/** One file that is the whole body, as curl -T sends it. */
@streamRequestBody
export class BodyHandler extends UploadHandler {
  static override SUPPORTED_METHODS: readonly string[] = ["PUT"];
  #file: IncomingFile | null = null;

  // No form can PUT, and a browser does not let the script of another site do so unless this one allows it.
  override checkXsrfCookie(): void {}

  override prepare(): void {
    this.limitBody(this.store.limits.maxFile);
    this.#file = this.receive(this.pathArgs[0] ?? "");
  }

  override async dataReceived(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#file !== null) await this.add(this.#file, chunk);
  }

  override async put(): Promise<void> {
    await this.keepAll();
  }
}

/** A stored file as a download: with ranges, so that one that was cut off can be continued. */
export class ContentHandler extends StaticFileHandler {
  declare readonly kwargs: StoreContext;
  #file: StoredFile | null = null;

  override get(id: string): void | Promise<void> {
    this.#file = this.kwargs.store.get(id);
    if (this.#file === null) throw new HTTPError(404);
    return super.get(`${id}/content`);
  }

  override computeEtag(): string | null {
    return this.#file === null ? null : `"${this.#file.sha256}"`;
  }

  /** Never the type that the client gave: a page among the files would be one of this site. */
  override getContentType(): string {
    return "application/octet-stream";
  }

  override setExtraHeaders(): void {
    this.setHeader("X-Content-Type-Options", "nosniff");
    this.setHeader("Content-Disposition", `attachment; filename*=UTF-8''${extValue(this.#file?.name ?? "")}`);
  }
}

export class DeleteHandler extends StoreHandler {
  override async post(id: string): Promise<void> {
    if (this.store.get(id) === null) throw new HTTPError(404);
    await this.store.delete(id);
    if (this.wantsPage) this.redirect("/", { status: 303 });
    else this.setStatus(204);
  }
}

/** RFC 8187 section 3.2.1: what encodeURIComponent leaves and an attr-char is not. */
function extValue(text: string): string {
  return encodeURIComponent(text).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
