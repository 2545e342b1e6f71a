import { formatTimestamp } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { contentTypeOf } from "./media_types.ts";
import { type FileState, fileState, isSameState, isSettled } from "./file_state.ts";
import { contentVersion, fileVersion, type OpenFile } from "./open_file.ts";

/**
 * Files up to this size, in bytes, are kept in memory, and have Tornado's ETag, a hash of the whole file. That blocks
 * the process for two milliseconds per megabyte.
 */
export const SMALL_FILE = 1048576;

/** Files up to this size, in bytes, are hashed whole while they are new. That blocks for a millisecond per megabyte. */
const HASHED_WHILE_NEW = 4194304;

/** The bytes of all files in memory: thirty-two of the largest, or a thousand scripts, styles and pictures. */
const MAX_BYTES = 32 * 1024 * 1024;
/** The number of files whose state is kept, at a few hundred bytes each; larger and empty files have only that. */
const MAX_FILES = 10_000;

/** A file as it was at one time: each state has its own object. */
export class StaticFile {
  readonly path: string;
  readonly state: FileState;
  /** The time of the last change in whole seconds, as in HTTP. */
  readonly modified: Date;
  /** Any later change shows in the state. */
  readonly settled: boolean;
  /** A digest of samples of a large file, or of all of it while it is new, once it has been opened. */
  sample: string | null = null;
  /** The whole content, once it has been read; it must not be changed. */
  content: Bytes | null = null;
  /** The root that it is known to lie under, or `null`. */
  root: string | null = null;
  /** The file has been asked for since the last search for files to drop. */
  used = false;
  /** The turn of the last look at the file. */
  turn = 0;
  #version: string | null = null;
  #lastModified: string | null = null;
  #contentType: string | null = null;
  #etag: string | null = null;

  constructor(path: string, state: FileState) {
    this.path = path;
    this.state = state;
    this.modified = new Date(Math.floor(state.mtime / 1000) * 1000);
    this.settled = isSettled(state);
  }

  /** The size in bytes: that of the content, once it was read. */
  get size(): number {
    return this.content?.length ?? this.state.size;
  }

  /** The file is small enough to be read into memory. */
  get small(): boolean {
    return this.state.size <= SMALL_FILE;
  }

  get version(): string {
    return this.#version ??= this.content === null ? fileVersion(this.path).version : contentVersion(this.content);
  }

  /**
   * The ETag: Tornado's for a small file. Hashing a large file would block the process, so its tag combines everything
   * that changes with it: size, both times, inode and a sample of the content. The tag is strong, so that a download
   * can be continued, unless the file has just changed, may change again unnoticed and is too large to be hashed. A new
   * file has another tag than the same file a moment later, which may be another version.
   */
  get etag(): string {
    return this.#etag ??= this.small ? `"${this.version}"` : this.#etagOfState();
  }

  get lastModified(): string {
    return this.#lastModified ??= formatTimestamp(this.modified);
  }

  get contentType(): string {
    return this.#contentType ??= contentTypeOf(this.path);
  }

  #etagOfState(): string {
    const { size, mtime, ctime, ino } = this.state;
    const tag = `${[size, mtime, ctime, ino].map((part) => part.toString(16)).join("-")}-${this.sample}`;
    if (this.settled) return `"${tag}"`;
    return size <= HASHED_WHILE_NEW ? `"${tag}-new"` : `W/"${tag}-new"`;
  }

  /** Tells whether a file in this state is this one, unchanged. */
  is(state: FileState): boolean {
    return isSameState(this.state, state);
  }
}

/** The files that were served last, in bounded memory. */
export class FileCache {
  readonly #files: Map<string, StaticFile> = new Map();
  readonly #maxBytes: number;
  #bytes = 0;
  #turn = 1;
  #turnEnds = false;

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes of content in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#files.size;
  }

  /**
   * Returns the file as it was in this turn, or `null` if it does not exist. The system is asked once for all requests
   * of a turn: they had arrived before it answered, so none of them can miss a change that came before.
   */
  lookInTurn(path: string): StaticFile | null {
    const known = this.#files.get(path);
    return known?.turn === this.#turn ? known : this.look(path);
  }

  /** Returns the file as it is now, or `null` if it does not exist; a directory is not kept. */
  look(path: string): StaticFile | null {
    const state = fileState(path);
    if (state !== null) return this.#inState(path, state);
    const known = this.#files.get(path);
    if (known !== undefined) this.#drop(known);
    return null;
  }

  /** Returns the file for one that was opened. */
  opened(opened: OpenFile): StaticFile {
    const file = this.#inState(opened.path, opened.state);
    if (file.small) return file;
    const sample = opened.sample(!file.settled && file.size <= HASHED_WHILE_NEW);
    if (file.sample !== null && file.sample !== sample) {
      // Another version, whose times were set to those of the one before it within the same second.
      this.#drop(file);
      return this.opened(opened);
    }
    file.sample = sample;
    return file;
  }

  /** Reads all of a small file, unless that has been done; it must be the one that was opened. */
  async read(file: StaticFile, opened: OpenFile): Promise<void> {
    if (file.content !== null) return;
    const content = await opened.readAll();
    // Another request may have read it meanwhile.
    if (file.content !== null) return;
    file.content = content;
    if (this.#files.get(file.path) !== file) return;
    this.#bytes += content.length;
    if (opened.isUnchanged()) this.#shrink();
    else this.#drop(file);
  }

  clear(): void {
    this.#files.clear();
    this.#bytes = 0;
  }

  #inState(path: string, state: FileState): StaticFile {
    const known = this.#files.get(path);
    if (known?.is(state)) {
      known.used = true;
      known.turn = this.#thisTurn();
      return known;
    }
    if (known !== undefined) this.#drop(known);
    const file = new StaticFile(path, state);
    file.turn = this.#thisTurn();
    if (state.isFile && file.settled) this.#add(file);
    return file;
  }

  /** A turn ends with the microtasks that are waiting now: those of the requests that arrived together. */
  #thisTurn(): number {
    if (!this.#turnEnds) {
      this.#turnEnds = true;
      queueMicrotask(() => {
        this.#turnEnds = false;
        this.#turn++;
      });
    }
    return this.#turn;
  }

  #add(file: StaticFile): void {
    this.#files.set(file.path, file);
    this.#shrink();
  }

  #drop(file: StaticFile): void {
    this.#files.delete(file.path);
    this.#bytes -= file.content?.length ?? 0;
  }

  /** Drops the oldest files that nobody has asked for recently, until there is room. */
  #shrink(): void {
    for (const file of this.#files.values()) {
      if (this.#bytes <= this.#maxBytes && this.#files.size <= MAX_FILES) return;
      this.#drop(file);
      if (!file.used) continue;
      // A second chance, at the end of the queue.
      file.used = false;
      this.#files.set(file.path, file);
      this.#bytes += file.content?.length ?? 0;
    }
  }
}
