import { formatTimestamp } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { contentTypeOf } from "./media_types.ts";
import { contentVersion } from "./content_version.ts";
import { type FileState, fileState, isSameState } from "./file_state.ts";

/**
 * Files up to this size are kept in memory, and have Tornado's ETag, for which all of the file is hashed: that takes two milliseconds for
 * a megabyte, in which nothing else happens.
 */
export const SMALL_FILE = 1048576;

/** What all files in memory may take together: thirty-two of the largest, or some thousand scripts, styles and pictures. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Of larger files, and of those of no size, only the state is kept. That takes some hundred bytes for each. */
const MAX_FILES = 10_000;
/** A file that changed within this time may change again without another time of change: systems count it in steps of up to 10 ms. */
const RACY_MS = 100;

/** A file as it was at some time: a new object for each state. */
export class StaticFile {
  readonly path: string;
  readonly state: FileState;
  /** When it was changed, in whole seconds, as HTTP tells it. */
  readonly modified: Date;
  /** All of it, once it was read; nobody may change the bytes. */
  content: Bytes | null = null;
  /** The root that it is known to lie under, or `null`. */
  root: string | null = null;
  /** Whether it was asked for since the last look for files to drop. */
  used = false;
  /** The turn in which it was looked at last. */
  turn = 0;
  #version: string | null = null;
  #lastModified: string | null = null;
  #contentType: string | null = null;
  #etag: string | null = null;

  constructor(path: string, state: FileState) {
    this.path = path;
    this.state = state;
    this.modified = new Date(Math.floor(state.mtime / 1000) * 1000);
  }

  /** Whether all of it may be read at once. */
  get small(): boolean {
    return this.state.size <= SMALL_FILE;
  }

  /** The SHA-512 of the content. */
  get version(): string {
    return this.#version ??= contentVersion(this.content ?? this.path);
  }

  /**
   * The ETag: Tornado's for a small file, else one of size and time of change, because to hash a large file would hold up everybody.
   * It is a strong one, so that a download can be continued.
   */
  get etag(): string {
    return this.#etag ??= this.small
      ? `"${this.version}"`
      : `"${this.state.size.toString(16)}-${this.state.mtime.toString(16)}"`;
  }

  /** The Last-Modified header. */
  get lastModified(): string {
    return this.#lastModified ??= formatTimestamp(this.modified);
  }

  /** The Content-Type, as its name tells it. */
  get contentType(): string {
    return this.#contentType ??= contentTypeOf(this.path);
  }

  /** Whether a file that is looked at now is this one, unchanged. */
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

  /** The number of files known. */
  get size(): number {
    return this.#files.size;
  }

  /**
   * The file as it was in this turn, or `null` if there is none. The system is asked once for all requests of a turn: they were there
   * before it answered, so none of them can miss a change that came before it.
   */
  lookInTurn(path: string): StaticFile | null {
    const known = this.#files.get(path);
    return known?.turn === this.#turn ? known : this.look(path);
  }

  /** The file as it is now, or `null` if there is none; a directory is not kept. */
  look(path: string): StaticFile | null {
    const known = this.#files.get(path);
    const state = fileState(path);
    if (known !== undefined) {
      if (state !== null && known.is(state)) {
        known.used = true;
        known.turn = this.#thisTurn();
        return known;
      }
      this.#drop(known);
    }
    if (state === null) return null;
    const file = new StaticFile(path, state);
    file.turn = this.#thisTurn();
    if (state.isFile && isSettled(state)) this.#add(file);
    return file;
  }

  /**
   * Reads all of a small file, unless that is done.
   *
   * @throws {Error} If it became shorter meanwhile, and the errors of `Deno.readFile`.
   */
  async read(file: StaticFile): Promise<void> {
    if (file.content !== null) return;
    const { size } = file.state;
    const content = await Deno.readFile(file.path);
    if (content.length < size) throw new Error(`Cannot serve ${file.path}: it became shorter than ${size} bytes`);
    // Another request may have read it meanwhile.
    if (file.content !== null) return;
    // A log may have grown.
    file.content = content.length === size ? content : content.slice(0, size);
    const state = fileState(file.path);
    if (this.#files.get(file.path) !== file) return;
    this.#bytes += size;
    if (state === null || !file.is(state)) this.#drop(file);
    else this.#shrink();
  }

  /** Forgets everything. */
  clear(): void {
    this.#files.clear();
    this.#bytes = 0;
  }

  /** The turn lasts until the microtasks are done that wait by now: those of the requests that came together. */
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

  /** Drops the oldest that were not asked for of late, until there is room. */
  #shrink(): void {
    for (const file of this.#files.values()) {
      if (this.#bytes <= this.#maxBytes && this.#files.size <= MAX_FILES) return;
      this.#drop(file);
      if (!file.used) continue;
      // A second chance, at the end of the row.
      file.used = false;
      this.#files.set(file.path, file);
      this.#bytes += file.content?.length ?? 0;
    }
  }
}

function isSettled(state: FileState): boolean {
  return Math.abs(Date.now() - state.mtime) > RACY_MS;
}
