import { join } from "node:path";
import { formatTimestamp, getContentRange, parseTimestamp } from "../http/httputil.ts";
import { setTrusted } from "../http/internal.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { isThenable } from "../internal/promises.ts";
import { contentVersion } from "./_static/content_version.ts";
import { FileCache, type StaticFile } from "./_static/file_cache.ts";
import { contentTypeOf } from "./_static/media_types.ts";
import { multipartFrame } from "./_static/multipart_ranges.ts";
import { absolutePath, isBelow, isReallyBelow } from "./_static/paths.ts";
import type { StaticContent, StaticFileKwargs, StaticPath } from "./_static/static_file_kwargs.ts";
import { neighbourOf, type Precompressed, precompressedCodings } from "./_static/precompressed.ts";
import { type ByteRange, ifRangeHolds, type Selection, selectRanges, UNSATISFIABLE, WHOLE } from "./_static/ranges.ts";
import { readRange } from "./_static/read_range.ts";
import { Versions } from "./_static/versions.ts";
import type { ContentCoding } from "./content_encoding.ts";
import { HTTPError } from "./errors.ts";
import { RequestHandler } from "./request_handler.ts";
import { DEFAULT_STATIC_PREFIX, type Settings, type StaticUrlOptions } from "./settings.ts";

export type { Precompressed, StaticContent, StaticFileKwargs, StaticPath };

const files = new FileCache();
const versions = new WeakMap<typeof StaticFileHandler, Versions>();

/**
 * Serves the files of a directory. Tornado's `StaticFileHandler`.
 *
 * Besides what Tornado does, it answers several ranges and If-Range, serves compressed neighbours, keeps small files in memory (and looks
 * at each request whether they have changed), and starts to send large ones at once: their ETag is made of size and time of change, while
 * that of a file up to 1 MiB is Tornado's, the SHA-512 of its content. What leads out of the directory is refused, by name or by link.
 *
 * The settings `staticPath` and `staticUrlPrefix` of an application add a rule for it. A subclass can change where paths lead
 * ({@linkcode StaticFileHandler.getAbsolutePath}, {@linkcode StaticFileHandler.validateAbsolutePath}), where content comes from
 * ({@linkcode StaticFileHandler.getContent}, {@linkcode StaticFileHandler.getContentSize},
 * {@linkcode StaticFileHandler.getContentVersion}, {@linkcode StaticFileHandler.getModifiedTime}), how it may be cached
 * ({@linkcode StaticFileHandler.getCacheTime}), and what URLs look like ({@linkcode StaticFileHandler.makeStaticUrl},
 * {@linkcode StaticFileHandler.parseUrlPath}).
 *
 * @example
 * ```ts
 * import { Application, StaticFileHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${path}/hello.txt`, "Hello");
 * const app = new Application([["/files/(.*)", StaticFileHandler, { path }]]);
 *
 * const response = await app.fetch(new Request("http://localhost/files/hello.txt"));
 * assertEquals(response.headers.get("Content-Type"), "text/plain");
 * assertEquals(await response.text(), "Hello");
 * await Deno.remove(path, { recursive: true });
 * ```
 */
export class StaticFileHandler extends RequestHandler {
  /** How long a response whose URL has a version may be kept by clients, in seconds: ten years. */
  static CACHE_MAX_AGE: number = 86400 * 365 * 10;

  /** The directory. */
  root: string = "";
  /** The file that stands for a directory, or `null`. */
  defaultFilename: string | null = null;
  /** The path of this request, relative to the root, in the notation of the file system. */
  path: string = "";
  /** The file of this request, once it is validated; `null` before. */
  absolutePath: string | null = null;
  /** When that file was changed, in whole seconds, or `null`. */
  modified: Date | null = null;
  #codings: readonly ContentCoding[] = [];
  #allowOutsideLinks = false;
  /** What was seen of the file last. */
  #file: StaticFile | null = null;
  /** The file whose name tells the type, if a neighbour of it is served. */
  #namedBy: string | null = null;

  /** Forgets the versions of files, and the files in memory. */
  static reset(): void {
    versions.get(this)?.clear();
    files.clear();
  }

  /**
   * The absolute path of a file, which need not be there. Tornado's `get_absolute_path`.
   *
   * @param root The directory.
   * @param path Relative to it.
   */
  static getAbsolutePath(root: string, path: string): string {
    return absolutePath(root, path);
  }

  /**
   * The content of a file, or a part of it. Tornado's `get_content`.
   *
   * @param abspath Absolute path of the file.
   * @param start First byte, `null` for the beginning.
   * @param end Where to stop: the byte behind the last one, `null` for the end of the file.
   * @returns All of it, or pieces, which may come when they are there.
   */
  static getContent(abspath: string, start: number | null = null, end: number | null = null): StaticContent {
    return readRange(abspath, start ?? 0, end);
  }

  /**
   * A name for the content of a file that changes with it: its SHA-512, in hexadecimal digits. Tornado's `get_content_version`.
   *
   * @throws {TypeError} If `getContent` is overridden and gives pieces that have to be waited for; then override this too.
   */
  static getContentVersion(abspath: string): string {
    if (readsFiles(this)) return contentVersion(abspath);
    const content = this.getContent(abspath);
    if (content instanceof Uint8Array || Symbol.iterator in content) return contentVersion(content);
    throw new TypeError(`Cannot hash content that is asynchronous: override getContentVersion of ${this.name}`);
  }

  /**
   * The version that a URL carries; `null` if there is no such file, of which the log tells once. Tornado's `get_version`.
   *
   * @param settings The settings of the application.
   * @param path The file, relative to the setting `staticPath`.
   */
  static getVersion(settings: Settings, path: string): string | null {
    return versionOf(this, this.getAbsolutePath(settings.staticPath ?? "", path), settings);
  }

  /**
   * The URL of a static file. Tornado's `make_static_url`.
   *
   * @param settings The settings of the application.
   * @param path The file, relative to the setting `staticPath`.
   */
  static makeStaticUrl(settings: Settings, path: string, options: StaticUrlOptions = {}): string {
    const url = (settings.staticUrlPrefix ?? DEFAULT_STATIC_PREFIX) + path;
    if (options.includeVersion === false) return url;
    const version = this.getVersion(settings, path);
    return version === null || version === "" ? url : `${url}?v=${version}`;
  }

  /** Takes the arguments of the rule. */
  override initialize(kwargs: StaticFileKwargs): void {
    this.root = kwargs.path;
    this.defaultFilename = kwargs.defaultFilename ?? null;
    this.#codings = precompressedCodings(kwargs.precompressed ?? false);
    this.#allowOutsideLinks = kwargs.allowOutsideLinks ?? false;
  }

  /** Answers HEAD: the head of what GET would answer. */
  override head(path: StaticPath): void | Promise<void> {
    return this.get(path);
  }

  /**
   * Answers GET; a HEAD request gets the head only.
   *
   * @param path The group of the rule's pattern.
   */
  override get(path: StaticPath): void | Promise<void> {
    const urlPath = typeof path === "object" ? path?.path ?? "" : path;
    this.path = this.parseUrlPath(urlPath);
    const valid = this.validateAbsolutePath(this.root, this.#class.getAbsolutePath(this.root, this.path));
    return isThenable(valid) ? this.#serveLater(valid) : this.#serve(valid);
  }

  /** Turns the path of a URL into one of the file system; the inverse of what {@linkcode StaticFileHandler.makeStaticUrl} does. */
  parseUrlPath(urlPath: string): string {
    return Deno.build.os === "windows" ? urlPath.replaceAll("/", "\\") : urlPath;
  }

  /**
   * Makes sure that a file may be served. Tornado's `validate_absolute_path`.
   *
   * @returns The path of the file, which is another one for a directory; `null` if the request is answered already.
   * @throws {HTTPError} 403 if it is outside the root or no file, 404 if it is not there.
   */
  validateAbsolutePath(root: string, absolutePath: string): string | null | Promise<string | null> {
    if (!isBelow(root, absolutePath)) throw this.#forbidden("%s is not in root static directory");
    let path = absolutePath;
    let file = this.#look(path);
    if (file?.state.isDirectory && this.defaultFilename !== null) {
      if (!this.request.path.endsWith("/")) return this.#redirectToDirectory();
      path = join(path, this.defaultFilename);
      file = this.#look(path);
    }
    if (file === null) throw new HTTPError(404);
    if (!file.state.isFile) throw this.#forbidden("%s is not a file");
    if (!this.#mayServe(file)) throw this.#forbidden("%s is a link out of the root static directory");
    this.#file = file;
    return path;
  }

  /** Sets the headers, whether or not content follows. */
  setHeaders(): void {
    const { headers } = this._handlerState;
    // What is made here need not be checked.
    setTrusted(headers, "Accept-Ranges", "bytes");
    this.setEtagHeader();
    if (this.modified !== null) setTrusted(headers, "Last-Modified", this.#lastModified(this.modified));
    const contentType = this.getContentType();
    if (contentType !== "") this.setHeader("Content-Type", contentType);
    const cacheTime = this.getCacheTime(this.path, this.modified, contentType);
    if (cacheTime > 0) {
      this.setHeader("Expires", formatTimestamp(currentClock().now() + cacheTime));
      this.setHeader("Cache-Control", `max-age=${cacheTime}`);
    }
    this.setExtraHeaders(this.path);
  }

  /** The ETag of the file; `null` if it cannot be read. */
  override computeEtag(): string | null {
    const path = this.absolutePath;
    if (path === null) return null;
    if (readsFiles(this.#class)) return this.#seen(path).etag;
    const version = versionOf(this.#class, path, this.settings);
    return version === null || version === "" ? null : `"${version}"`;
  }

  /** Sets the header to {@linkcode StaticFileHandler.computeEtag}. */
  override setEtagHeader(): void {
    const etag = this.computeEtag();
    if (etag === null) return;
    if (etag === this.#file?.etag) setTrusted(this._handlerState.headers, "Etag", etag);
    else this.setHeader("Etag", etag);
  }

  /** Whether the client has the file as it is: by its ETag if it sent one, else by the time of change. */
  shouldReturn304(): boolean {
    const { headers } = this.request;
    if (headers.get("If-None-Match")) return this.checkEtagHeader();
    const since = headers.get("If-Modified-Since");
    if (since === null || this.modified === null) return false;
    const date = parseTimestamp(since);
    return date !== null && date >= this.modified;
  }

  /** The size of the file, in bytes. */
  getContentSize(): number {
    return this.absolutePath === null ? 0 : this.#seen(this.absolutePath).state.size;
  }

  /** When the file was changed, in whole seconds; `null` if that is not known. */
  getModifiedTime(): Date | null {
    return this.absolutePath === null ? null : this.#seen(this.absolutePath).modified;
  }

  /** The Content-Type, by the extension of the file, without a charset; `""` for the one of every response. */
  getContentType(): string {
    const file = this.#file;
    if (this.#namedBy !== null || file === null || file.path !== this.absolutePath) {
      return contentTypeOf(this.#namedBy ?? this.absolutePath ?? "");
    }
    return file.contentType;
  }

  /** Sets more headers; override it. */
  setExtraHeaders(_path: string): void {}

  /**
   * For how many seconds clients may keep the file without asking; 0 for no promise. By default ten years if the URL has a version, the
   * argument `v`.
   */
  getCacheTime(_path: string, _modified: Date | null, _mimeType: string): number {
    // Most requests have no query, and need not have it taken apart.
    return this.request.query !== "" && "v" in this.request.arguments ? this.#class.CACHE_MAX_AGE : 0;
  }

  get #class(): typeof StaticFileHandler {
    // What made this handler is StaticFileHandler or extends it, with the static methods that it overrides.
    return this.constructor as typeof StaticFileHandler;
  }

  get #sendsBody(): boolean {
    return this.request.method !== "HEAD";
  }

  async #serveLater(valid: PromiseLike<string | null>): Promise<void> {
    await this.#serve(await valid);
  }

  #serve(path: string | null): void | Promise<void> {
    if (path === null) return;
    this.absolutePath = path;
    if (this.#codings.length > 0) this.#chooseNeighbour(path);
    if (!readsFiles(this.#class)) return this.#respond();
    const file = this.#seen(this.absolutePath);
    if (!file.small || file.content !== null) return this.#respond();
    return files.read(file).then(() => this.#respond(), (error) => this.#fail(error));
  }

  #respond(): void | Promise<void> {
    this.modified = this.getModifiedTime();
    this.setHeaders();
    if (this.shouldReturn304()) return this.setStatus(304);
    const size = this.getContentSize();
    const selection = this.#select(size);
    if (selection === UNSATISFIABLE) {
      this.setStatus(416);
      this.setHeader("Content-Type", "text/plain");
      this.setHeader("Content-Range", `bytes */${size}`);
      return;
    }
    if (selection === WHOLE) return this.#sendWhole(size);
    this.setStatus(206);
    const [range] = selection;
    if (selection.length > 1) return this.#sendSeveral(selection, size);
    this.setHeader("Content-Range", getContentRange(range.start, range.end, size));
    this.#setLength(range.end - range.start);
    if (this.#sendsBody) return this.#sendRange(range);
  }

  #sendWhole(size: number): void | Promise<void> {
    this.#setLength(size);
    if (this.#sendsBody) return this.#sendRange(readsFiles(this.#class) ? { start: 0, end: size } : null);
  }

  async #sendSeveral(ranges: readonly ByteRange[], size: number): Promise<void> {
    const frame = multipartFrame(ranges, this.getContentType(), size);
    this.setHeader("Content-Type", frame.contentType);
    this.#setLength(frame.length);
    if (!this.#sendsBody) return;
    for (let i = 0; i < ranges.length; i++) {
      this.write(frame.heads[i]);
      await this.#sendRange(ranges[i]);
    }
    this.write(frame.end);
  }

  #setLength(length: number): void {
    setTrusted(this._handlerState.headers, "Content-Length", String(length));
  }

  /** Sends a part of the content; `null` for all of it, whatever its size is. */
  #sendRange(range: ByteRange | null): void | Promise<void> {
    const path = this.absolutePath;
    if (path === null) return;
    const kept = range !== null && readsFiles(this.#class) ? this.#seen(path).content : null;
    if (kept !== null && range !== null) return this.#writeKept(kept, range);
    const content = range !== null && this.#mayReuse()
      ? readRange(path, range.start, range.end, true)
      : this.#class.getContent(path, range?.start ?? null, range?.end ?? null);
    if (content instanceof Uint8Array) return this.write(content);
    return this.#sendPieces(content);
  }

  /** A transform might work in place, and the file in memory is for everybody. */
  #writeKept(content: Bytes, { start, end }: ByteRange): void {
    const part = end - start === content.length ? content : content.subarray(start, end);
    this.write(this.application.transforms.length === 0 ? part : part.slice());
  }

  /** Whether nobody looks at a piece once it is flushed. */
  #mayReuse(): boolean {
    const { write, flush } = RequestHandler.prototype;
    return readsFiles(this.#class) && this.write === write && this.flush === flush && this._handlerState.freesWritten;
  }

  async #sendPieces(content: Iterable<Bytes> | AsyncIterable<Bytes>): Promise<void> {
    try {
      for await (const piece of content) {
        this.write(piece);
        await this.flush();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #select(size: number): Selection {
    const { headers } = this.request;
    const range = headers.get("Range");
    if (range === null) return WHOLE;
    const validator = headers.get("If-Range");
    const holds = validator === null || ifRangeHolds(validator, this.computeEtag(), this.modified);
    return holds ? selectRanges(range, size) : WHOLE;
  }

  #chooseNeighbour(path: string): void {
    this.setHeader("Vary", "Accept-Encoding");
    const accepted = this.request.headers.get("Accept-Encoding");
    if (accepted === null) return;
    const neighbour = neighbourOf(path, accepted, this.#codings, (path) => {
      const file = this.#look(path);
      return file !== null && file.state.isFile && this.#mayServe(file);
    });
    if (neighbour === null) return;
    this.setHeader("Content-Encoding", neighbour.coding);
    this.absolutePath = neighbour.path;
    this.#namedBy = path;
  }

  /** `null` if there is no file of that name. */
  #look(path: string): StaticFile | null {
    try {
      return files.lookInTurn(path);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** The file as this request saw it first: what it says of it must be of one piece. */
  #seen(path: string): StaticFile {
    if (this.#file?.path === path) return this.#file;
    const file = this.#look(path);
    if (file === null) throw new HTTPError(404);
    return this.#file = file;
  }

  #mayServe(file: StaticFile): boolean {
    if (this.#allowOutsideLinks || file.root === this.root) return true;
    if (!isReallyBelow(this.root, file.path)) return false;
    file.root = this.root;
    return true;
  }

  #redirectToDirectory(): null {
    const { path } = this.request;
    // `//host`, and to browsers `/\host` as well, would be another site.
    if (/^[/\\]{2}/.test(path)) throw this.#forbidden("cannot redirect to %s, which begins with two slashes");
    this.redirect(`${path}/`, { permanent: true });
    return null;
  }

  #lastModified(modified: Date): string {
    return this.#file?.modified === modified ? this.#file.lastModified : formatTimestamp(modified);
  }

  #forbidden(message: string): HTTPError {
    return new HTTPError(403, message, { args: [this.path] });
  }

  /** What the system forbids to the program, the program forbids to the client. */
  #fail(error: unknown): never {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new HTTPError(403, "%s may not be read", { args: [this.path], cause: error });
  }
}

/** Whether a class serves files as they are, so that what is known of them can be used. */
function readsFiles(handlerClass: typeof StaticFileHandler): boolean {
  return handlerClass.getContent === StaticFileHandler.getContent &&
    handlerClass.getContentVersion === StaticFileHandler.getContentVersion;
}

function versionOf(handlerClass: typeof StaticFileHandler, path: string, settings: Settings): string | null {
  let known = versions.get(handlerClass);
  if (known === undefined) versions.set(handlerClass, known = new Versions());
  // In debug mode, what is no file may have changed, too.
  if (settings.staticHashCache === false) known.clear();
  if (!readsFiles(handlerClass)) return known.ofContent(path, () => handlerClass.getContentVersion(path));
  return known.ofFile(path, () => files.look(path)?.version ?? contentVersion(path));
}
