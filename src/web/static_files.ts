import { formatTimestamp, getContentRange, parseTimestamp } from "../http/httputil.ts";
import { setTrusted } from "../http/internal.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { nodePath } from "../internal/node_module.ts";
import { isThenable } from "../internal/promises.ts";
import { leadsToOtherHost } from "./_redirect/redirect_url.ts";
import { stateOf } from "./_request_handler/private_parts.ts";
import { FileCache, type StaticFile } from "./_static/file_cache.ts";
import { contentTypeOf } from "./_static/media_types.ts";
import { multipartFrame } from "./_static/multipart_ranges.ts";
import { contentVersion, fileVersion, OpenFile, readRange } from "./_static/open_file.ts";
import { absolutePath, isBelow, isHidden, isReallyBelow, namesStream, relativePath } from "./_static/paths.ts";
import { preconditionFails } from "./_static/preconditions.ts";
import type { StaticContent, StaticFileKwargs, StaticPath } from "./_static/static_file_kwargs.ts";
import { neighbourOf, type Precompressed, precompressedCodings } from "./_static/precompressed.ts";
import { type ByteRange, ifRangeHolds, type Selection, selectRanges, UNSATISFIABLE, WHOLE } from "./_static/ranges.ts";
import { Versions } from "./_static/versions.ts";
import type { ContentCoding } from "./content_encoding.ts";
import { HTTPError } from "./errors.ts";
import { RequestHandler } from "./request_handler.ts";
import { DEFAULT_STATIC_PREFIX, type Settings, type StaticUrlOptions } from "./settings.ts";

export type { Precompressed, StaticContent, StaticFileKwargs, StaticPath };

const OUTSIDE_LINK = "%s is a link out of the root static directory";
/** The number of times that a file is looked at, and opened, while its links keep changing. */
const MAX_ATTEMPTS = 3;

const lossy = new TextDecoder();
const files = new FileCache();
const versions = new WeakMap<typeof StaticFileHandler, Versions>();

/**
 * Serves the files of a directory. Tornado's `StaticFileHandler`.
 *
 * Besides what Tornado does, it answers several ranges and If-Range, serves compressed neighbours, and keeps small
 * files in memory, where each request checks that they have not changed. A response comes from one version of the file,
 * which is opened once: size, times, ETag and content belong together, even while a deployment replaces the file. The
 * ETag of a file up to 1 MiB is Tornado's, the SHA-512 of its content; that of a larger file is made of its size, times
 * and inode, so that sending starts immediately. A path or a symbolic link that leads out of the directory is refused.
 *
 * The settings `staticPath` and `staticUrlPrefix` of an application add a rule for it. A subclass can change the files
 * that paths name ({@linkcode StaticFileHandler.getAbsolutePath}, {@linkcode StaticFileHandler.validateAbsolutePath}),
 * the source of content ({@linkcode StaticFileHandler.getContent}, {@linkcode StaticFileHandler.getContentSize},
 * {@linkcode StaticFileHandler.getContentVersion}, {@linkcode StaticFileHandler.getModifiedTime}), caching
 * ({@linkcode StaticFileHandler.getCacheTime}), and the form of URLs ({@linkcode StaticFileHandler.makeStaticUrl},
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
  /** The seconds for which clients may keep a response whose URL has a version: ten years. */
  static CACHE_MAX_AGE: number = 86400 * 365 * 10;
  /**
   * The directories outside the root that symbolic links may lead into, or `null` for none. Tornado's
   * `allowed_symlink_directory`. The argument of the same name of a rule takes precedence.
   */
  static allowedSymlinkDirectory: string | readonly string[] | null = null;

  /** The directory whose files are served. */
  root: string = "";
  /** The name of the file to serve for a directory, or `null`. */
  defaultFilename: string | null = null;
  /** The path of this request, relative to the root, in the notation of the file system. */
  path: string = "";
  /** The path of the file of this request, once it is validated; `null` before. */
  absolutePath: string | null = null;
  /** The time of the last change of that file, in whole seconds, or `null`. */
  modified: Date | null = null;
  #codings: readonly ContentCoding[] = [];
  /** The directories that links may lead into, the root first; `null` for everywhere. */
  #linkTargets: readonly string[] | null = null;
  #dotfiles = true;
  /** The file as this request saw it last: after the file has been opened, the opened one. */
  #file: StaticFile | null = null;
  /** The opened file, unless its content is in memory. */
  #open: OpenFile | null = null;
  /** The file whose name tells the type, if a neighbour of it is served. */
  #namedBy: string | null = null;

  /** Forgets the versions of files, and the files in memory. */
  static reset(): void {
    versions.get(this)?.clear();
    files.clear();
  }

  /**
   * Makes the absolute path of a file, which need not exist. Tornado's `get_absolute_path`.
   *
   * @param path A path relative to the root.
   */
  static getAbsolutePath(root: string, path: string): string {
    return absolutePath(root, path);
  }

  /**
   * Reads a file, or a part of it. Tornado's `get_content`.
   *
   * @param start The first byte, `null` for the beginning.
   * @param end The byte after the last one, `null` for the end of the file.
   * @returns The content in one piece or several, synchronously or asynchronously.
   */
  static getContent(abspath: string, start: number | null = null, end: number | null = null): StaticContent {
    return readRange(abspath, start ?? 0, end);
  }

  /**
   * Computes a name for the content of a file that changes with it: its SHA-512 in hexadecimal digits. Tornado's
   * `get_content_version`.
   *
   * @throws {TypeError} If an overridden `getContent` is asynchronous. Override this method, too.
   */
  static getContentVersion(abspath: string): string {
    if (readsFiles(this)) return fileVersion(abspath).version;
    const content = this.getContent(abspath);
    if (content instanceof Uint8Array || Symbol.iterator in content) return contentVersion(content);
    throw new TypeError(`Cannot hash content that is asynchronous: override getContentVersion of ${this.name}`);
  }

  /**
   * Returns the version that a URL carries; `null` if there is no such file below the root, which is logged once.
   * Tornado's `get_version`.
   *
   * @param path The file, relative to the setting `staticPath`.
   */
  static getVersion(settings: Settings, path: string): string | null {
    const root = settings.staticPath ?? "";
    return versionOf(this, this.getAbsolutePath(root, path), settings, (abspath) => {
      const { staticHandlerArgs = {} }: { staticHandlerArgs?: Partial<StaticFileKwargs> } = settings;
      const targets = linkTargets(this, root, staticHandlerArgs);
      return isBelow(root, abspath) && !namesStream(relativePath(root, abspath)) &&
        (targets === null || isReallyBelow(targets, abspath, null));
    });
  }

  /**
   * Makes the URL of a static file. Tornado's `make_static_url`.
   *
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
    this.#linkTargets = linkTargets(this.#class, this.root, kwargs);
    this.#dotfiles = kwargs.dotfiles ?? true;
  }

  /** Answers HEAD with the head of the answer to GET. */
  override head(path: StaticPath): void | Promise<void> {
    return this.get(path);
  }

  /** Answers GET; a HEAD request gets the head only. */
  override get(path: StaticPath): void | Promise<void> {
    const urlPath = typeof path === "object" ? path?.path ?? "" : path;
    this.path = this.parseUrlPath(urlPath);
    const valid = this.validateAbsolutePath(this.root, this.#class.getAbsolutePath(this.root, this.path));
    return isThenable(valid) ? this.#serveLater(valid) : this.#serve(valid);
  }

  /**
   * Turns the path of a URL into one of the file system; the inverse of {@linkcode StaticFileHandler.makeStaticUrl}.
   */
  parseUrlPath(urlPath: string): string {
    return Deno.build.os === "windows" ? urlPath.replaceAll("/", "\\") : urlPath;
  }

  /**
   * Makes sure that a file may be served. Tornado's `validate_absolute_path`.
   *
   * @returns The path of the file to serve, which for a directory is one in it; `null` if the request has been
   * answered.
   * @throws {HTTPError} 403 if it is outside the root or not a regular file, 404 if there is no such file.
   */
  validateAbsolutePath(root: string, absolutePath: string): string | null | Promise<string | null> {
    if (!isBelow(root, absolutePath)) throw this.#forbidden("%s is not in root static directory");
    const relative = relativePath(root, absolutePath);
    if (namesStream(relative)) throw this.#forbidden("%s names a stream of a file");
    if (!this.#dotfiles && isHidden(relative)) throw new HTTPError(404);
    let path = absolutePath;
    let file = this.#look(path);
    if (file?.state.isDirectory && this.defaultFilename !== null) {
      // Before the redirect, which would tell that the directory exists.
      if (!this.#mayServe(path, null)) throw this.#forbidden(OUTSIDE_LINK);
      if (!this.request.path.endsWith("/")) return this.#redirectToDirectory();
      path = nodePath().join(path, this.defaultFilename);
      file = this.#look(path);
    }
    // While links are changing, one look may fall between two of them.
    for (let attempts = 1; !this.#mayServe(path, file); attempts++) {
      if (attempts === MAX_ATTEMPTS) throw this.#forbidden(OUTSIDE_LINK);
      file = this.#look(path, true);
    }
    if (file === null) throw new HTTPError(404);
    if (!file.state.isFile) throw this.#forbidden("%s is not a file");
    this.#file = file;
    return path;
  }

  /** Sets the headers of every answer, with or without content. */
  setHeaders(): void {
    const { headers } = stateOf(this);
    // What is made here need not be checked.
    setTrusted(headers, "Accept-Ranges", "bytes");
    this.setEtagHeader();
    const modified = this.#lastModified();
    if (modified !== null) setTrusted(headers, "Last-Modified", modified);
    const contentType = this.getContentType();
    if (contentType !== "") this.setHeader("Content-Type", contentType);
    const cacheTime = this.getCacheTime(this.path, this.modified, contentType);
    if (cacheTime > 0) {
      this.setHeader("Expires", formatTimestamp(currentClock().now() + cacheTime));
      this.setHeader("Cache-Control", `max-age=${cacheTime}`);
    }
    this.setExtraHeaders(this.path);
  }

  /** Computes the ETag of the file; `null` if it cannot be read. */
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
    if (etag === this.#file?.etag) setTrusted(stateOf(this).headers, "Etag", etag);
    else this.setHeader("Etag", etag);
  }

  /** Tells whether the client has the current version: by its ETag if it sent one, else by the time of change. */
  shouldReturn304(): boolean {
    const { headers } = this.request;
    if (headers.get("If-None-Match")) return this.checkEtagHeader();
    const since = headers.get("If-Modified-Since");
    if (since === null || this.modified === null) return false;
    const date = parseTimestamp(since);
    return date !== null && date >= this.modified;
  }

  /** Returns the size of the file, in bytes. */
  getContentSize(): number {
    return this.absolutePath === null ? 0 : this.#seen(this.absolutePath).size;
  }

  /** Returns the time of the last change of the file, in whole seconds; `null` if it is not known. */
  getModifiedTime(): Date | null {
    return this.absolutePath === null ? null : this.#seen(this.absolutePath).modified;
  }

  /** Returns the Content-Type for the extension of the file, without a charset; `""` for that of every response. */
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
   * Returns the number of seconds for which clients may keep the file without asking; 0 for no promise. The default is
   * ten years if the argument `v` of the URL is the version of the file that is sent. Any other `v` names a version
   * that this server does not have, or no longer has.
   */
  getCacheTime(_path: string, _modified: Date | null, _mimeType: string): number {
    // Most requests have no query, and need not have it taken apart.
    if (this.request.query === "") return 0;
    const version = this.request.queryArguments["v"]?.at(-1);
    // A foreign version need not be UTF-8, and is no reason to refuse the file.
    return version !== undefined && lossy.decode(version) === this.#urlVersion() ? this.#class.CACHE_MAX_AGE : 0;
  }

  /** Tells whether the file itself is sent, and not the result of an overridden `getContent`. */
  get #sendsFile(): boolean {
    return this.#class.getContent === StaticFileHandler.getContent;
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
    if (!this.#sendsFile) return this.#respond();
    const file = this.#openFile(this.absolutePath);
    return file === null ? this.#respond() : this.#respondFrom(file);
  }

  async #respondFrom(opened: OpenFile): Promise<void> {
    using source = opened;
    this.#open = source;
    const file = this.#seen(source.path);
    try {
      if (file.small) await files.read(file, source);
    } catch (error) {
      this.#fail(error);
    }
    await this.#respond();
  }

  #respond(): void | Promise<void> {
    this.modified = this.getModifiedTime();
    this.setHeaders();
    const { headers } = this.request;
    if (preconditionFails(headers, stateOf(this).headers.get("Etag"), this.modified)) return this.#refuse(412);
    if (this.shouldReturn304()) return this.setStatus(304);
    const size = this.getContentSize();
    // RFC 9110 section 14.2: Range has a meaning with GET only.
    const selection = this.#sendsBody ? this.#select(size) : WHOLE;
    if (selection === UNSATISFIABLE) {
      this.setHeader("Content-Range", `bytes */${size}`);
      return this.#refuse(416);
    }
    if (selection === WHOLE) return this.#sendWhole(size);
    this.setStatus(206);
    const [range] = selection;
    if (selection.length > 1) return this.#sendSeveral(selection, size);
    this.setHeader("Content-Range", getContentRange(range.start, range.end, size));
    this.#setLength(range.end - range.start);
    return this.#sendRange(range);
  }

  /** Answers without content; the caching headers of the file do not apply. */
  #refuse(statusCode: number): void {
    this.setStatus(statusCode);
    this.setHeader("Content-Type", "text/plain");
    this.clearHeader("Expires");
    this.clearHeader("Cache-Control");
  }

  #sendWhole(size: number): void | Promise<void> {
    this.#setLength(size);
    const range = this.#sendsFile ? { start: 0, end: size } : null;
    if (this.#sendsBody) return this.#sendRange(range);
    // A transform changes the head with the body, so it has to see what GET would send: RFC 9110 section 8.6.
    if (this.application.transforms.length === 0) return;
    const kept = range === null ? null : this.#keptContent();
    return kept === null ? this.flush() : this.write(kept.slice());
  }

  async #sendSeveral(ranges: readonly ByteRange[], size: number): Promise<void> {
    const frame = multipartFrame(ranges, this.getContentType(), size);
    this.setHeader("Content-Type", frame.contentType);
    this.#setLength(frame.length);
    for (let i = 0; i < ranges.length; i++) {
      this.write(frame.heads[i]);
      await this.#sendRange(ranges[i]);
    }
    this.write(frame.end);
  }

  #setLength(length: number): void {
    setTrusted(stateOf(this).headers, "Content-Length", String(length));
  }

  /** Sends a part of the content; `null` for all of it, whatever its size. */
  #sendRange(range: ByteRange | null): void | Promise<void> {
    const path = this.absolutePath;
    if (path === null) return;
    if (range !== null) {
      const kept = this.#keptContent();
      if (kept !== null) return this.#writeKept(kept, range);
      if (this.#open !== null) return this.#sendPieces(this.#open.read(range.start, range.end, this.#mayReuse()));
    }
    const content = this.#class.getContent(path, range?.start ?? null, range?.end ?? null);
    if (content instanceof Uint8Array) return this.write(content);
    return this.#sendPieces(content);
  }

  /** Returns the content of the file, if it is in memory. */
  #keptContent(): Bytes | null {
    return this.#sendsFile && this.absolutePath !== null ? this.#seen(this.absolutePath).content : null;
  }

  /** A transform might work in place, and all requests share the file in memory. */
  #writeKept(content: Bytes, { start, end }: ByteRange): void {
    const part = end - start === content.length ? content : content.subarray(start, end);
    this.write(this.application.transforms.length === 0 ? part : part.slice());
  }

  /** Tells whether a piece is free once it is flushed. */
  #mayReuse(): boolean {
    const { write, flush } = RequestHandler.prototype;
    return this.write === write && this.flush === flush && stateOf(this).freesWritten;
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
      return file !== null && file.state.isFile && this.#mayServe(path, file);
    });
    if (neighbour === null) return;
    this.setHeader("Content-Encoding", neighbour.coding);
    this.absolutePath = neighbour.path;
    this.#namedBy = path;
  }

  /** Returns `null` if there is no file of that name. */
  #look(path: string, again = false): StaticFile | null {
    try {
      return again ? files.look(path) : files.lookInTurn(path);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Returns the file as this request saw it first: all parts of a response must agree. */
  #seen(path: string): StaticFile {
    if (this.#file?.path === path) return this.#file;
    const file = this.#look(path);
    if (file === null) throw new HTTPError(404);
    return this.#file = file;
  }

  /**
   * Opens a file, unless its content is in memory, and makes sure that the opened file may be served: the name may lead
   * elsewhere than a moment ago.
   *
   * @returns `null` if the content is in memory.
   */
  #openFile(path: string): OpenFile | null {
    for (let attempts = 1;; attempts++) {
      const seen = this.#seen(path);
      if (seen.content !== null && this.#mayServe(path, seen)) return null;
      const opened = this.#openNow(path);
      const file = this.#file = files.opened(opened);
      if (file.state.isFile && this.#mayServe(path, file)) return opened;
      opened[Symbol.dispose]();
      if (attempts === MAX_ATTEMPTS) throw this.#forbidden(OUTSIDE_LINK);
    }
  }

  #openNow(path: string): OpenFile {
    try {
      const opened = OpenFile.open(path);
      if (opened !== null) return opened;
    } catch (error) {
      this.#fail(error);
    }
    throw new HTTPError(404);
  }

  /** Tells whether the symbolic links in the path lead to allowed places; `null` if the file has not been seen. */
  #mayServe(path: string, file: StaticFile | null): boolean {
    if (this.#linkTargets === null || file?.root === this.root) return true;
    if (!isReallyBelow(this.#linkTargets, path, file?.state ?? null)) return false;
    // The answer depends on the directories of the rule.
    if (file !== null && this.#linkTargets.length === 1) file.root = this.root;
    return true;
  }

  #redirectToDirectory(): null {
    const { path } = this.request;
    if (leadsToOtherHost(path)) throw this.#forbidden("cannot redirect to %s, which begins with two slashes");
    const { query } = this.request;
    this.redirect(query === "" ? `${path}/` : `${path}/?${query}`, { permanent: true });
    return null;
  }

  /** The version of the file that the URL names, even if its compressed neighbour is sent; `null` for none. */
  #urlVersion(): string | null {
    const path = this.#namedBy ?? this.absolutePath;
    if (path === null) return null;
    if (readsFiles(this.#class) && this.#file?.path === path && this.#file.small) return this.#file.version;
    return versionOf(this.#class, path, this.settings);
  }

  #lastModified(): string | null {
    const { modified } = this;
    if (modified === null) return null;
    const now = currentClock().now();
    // RFC 9110 section 8.8.2.1: a time in the future cannot be that of a change.
    if (modified.getTime() / 1000 > now) return formatTimestamp(now);
    return this.#file?.modified === modified ? this.#file.lastModified : formatTimestamp(modified);
  }

  #forbidden(message: string): HTTPError {
    return new HTTPError(403, message, { args: [this.path] });
  }

  /** A file that the program may not read is forbidden to the client. */
  #fail(error: unknown): never {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new HTTPError(403, "%s may not be read", { args: [this.path], cause: error });
  }
}

/** Tells whether a class serves files unchanged, so that the cache of files applies. */
function readsFiles(handlerClass: typeof StaticFileHandler): boolean {
  return handlerClass.getContent === StaticFileHandler.getContent &&
    handlerClass.getContentVersion === StaticFileHandler.getContentVersion;
}

/** The directories that links may lead into, the root first; `null` for everywhere. */
function linkTargets(
  handlerClass: typeof StaticFileHandler,
  root: string,
  kwargs: Partial<StaticFileKwargs>,
): readonly string[] | null {
  if (kwargs.allowOutsideLinks === true) return null;
  return [root, ...[kwargs.allowedSymlinkDirectory ?? handlerClass.allowedSymlinkDirectory ?? []].flat()];
}

function versionOf(
  handlerClass: typeof StaticFileHandler,
  path: string,
  settings: Settings,
  isAllowed: (path: string) => boolean = () => true,
): string | null {
  let known = versions.get(handlerClass);
  if (known === undefined) versions.set(handlerClass, known = new Versions());
  // In debug mode, something that is not a file may have changed, too.
  if (settings.staticHashCache === false) known.clear();
  if (!readsFiles(handlerClass)) return known.ofContent(path, () => handlerClass.getContentVersion(path));
  return known.ofFile(path, () => {
    if (!isAllowed(path)) throw new Error(`Cannot hash ${path}: it is outside the root static directory`);
    return fileVersion(path);
  });
}
