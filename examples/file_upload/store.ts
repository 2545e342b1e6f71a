// Where the files are: each in a directory of its own, with a description beside its content. No HTTP in it.
import { createHash, type Hash } from "node:crypto";
import { formatSize } from "./format_size.ts";

export interface StoredFile {
  /** Made by the store, and safe as a part of paths and addresses. */
  readonly id: string;
  /** What the client called it, for people to read: never a path. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** How many bytes one file may have, and all together. */
export interface StoreLimits {
  readonly maxFile: number;
  readonly maxTotal: number;
}

/** A file that passes one of the limits. */
export class LimitError extends RangeError {
  override readonly name: string = "LimitError";
  readonly limit: keyof StoreLimits;

  constructor(limit: keyof StoreLimits, bytes: number) {
    const size = formatSize(bytes);
    super(limit === "maxFile" ? `A file may have ${size} at most` : `There is room for ${size} in all`);
    this.limit = limit;
  }
}

/** Characters that hide or turn round what is shown: controls, halves of pairs, and the marks of writing direction. */
const UNSHOWN = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/gu;
const MAX_NAME = 200;

/** What may be shown of a name that a stranger gave. */
export function shownName(name: string): string {
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  return last.replaceAll(UNSHOWN, "").trim().slice(0, MAX_NAME).toWellFormed() || "unnamed";
}

/** The files of one directory. Only one store may be at work in it. */
export class FileStore implements AsyncDisposable {
  /** Has a directory for each file, named by its id, with the file `content` in it. */
  readonly directory: string;
  readonly limits: StoreLimits;
  /** For what is not complete, or is being deleted; on the same file system, so that one renaming is all it takes. */
  readonly #workshop: string;
  readonly #files: Map<string, StoredFile> = new Map();
  /** Bytes of all files, of those that are coming, too. */
  #used = 0;

  private constructor(root: string, limits: StoreLimits) {
    this.directory = `${root}/files`;
    this.#workshop = `${root}/incoming`;
    this.limits = limits;
  }

  /** Opens a directory, which is made when needed, and forgets what an earlier program has left behind half done. */
  static async open(path: string, limits: StoreLimits): Promise<FileStore> {
    await Deno.mkdir(`${path}/files`, { recursive: true });
    const store = new FileStore(await Deno.realPath(path), limits);
    await removeAll(store.#workshop);
    await Deno.mkdir(store.#workshop, { mode: 0o700 });
    for await (const { name } of Deno.readDir(store.directory)) await store.#readDescription(name);
    return store;
  }

  /** Deletes what is not complete. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeAll(this.#workshop);
  }

  /** The latest first. */
  list(): StoredFile[] {
    return [...this.#files.values()].sort((a, b) => b.time - a.time);
  }

  get(id: string): StoredFile | null {
    return this.#files.get(id) ?? null;
  }

  /** Begins a file, to which its content comes later. */
  receive(name: string): IncomingFile {
    const id = crypto.randomUUID();
    return new IncomingFile(id, shownName(name), `${this.#workshop}/${id}`, {
      claim: (size, more) => this.#claim(size, more),
      release: (size) => void (this.#used -= size),
      keep: (file) => this.#keep(file),
    });
  }

  /** Deletes a file; what is being read of it can be read to its end. */
  async delete(id: string): Promise<void> {
    const file = this.#files.get(id);
    if (file === undefined) return;
    this.#files.delete(id);
    this.#used -= file.size;
    await Deno.rename(`${this.directory}/${id}`, `${this.#workshop}/${id}`);
    await removeAll(`${this.#workshop}/${id}`);
  }

  async #readDescription(id: string): Promise<void> {
    const file: StoredFile = JSON.parse(await Deno.readTextFile(`${this.directory}/${id}/description.json`));
    this.#files.set(id, file);
    this.#used += file.size;
  }

  /** @throws {LimitError} There is no room for that many bytes more in a file of that size. */
  #claim(size: number, more: number): void {
    const { maxFile, maxTotal } = this.limits;
    if (size + more > maxFile) throw new LimitError("maxFile", maxFile);
    if (this.#used + more > maxTotal) throw new LimitError("maxTotal", maxTotal);
    this.#used += more;
  }

  async #keep(file: StoredFile): Promise<void> {
    const path = `${this.#workshop}/${file.id}`;
    await Deno.writeTextFile(`${path}/description.json`, JSON.stringify(file));
    await Deno.rename(path, `${this.directory}/${file.id}`);
    this.#files.set(file.id, file);
  }
}

/** What a store does for a file that comes. */
interface Keeper {
  claim(size: number, more: number): void;
  release(size: number): void;
  keep(file: StoredFile): Promise<void>;
}

/** A file that is not complete yet: in the end it is kept or discarded. */
export class IncomingFile {
  readonly #id: string;
  readonly #name: string;
  readonly #path: string;
  readonly #keeper: Keeper;
  readonly #file: Deno.FsFile;
  readonly #hash: Hash = createHash("sha256");
  #size = 0;
  #isOver = false;

  // It does not wait for the disk: there is no moment in which its client can go away and nobody knows of the file.
  constructor(id: string, name: string, path: string, keeper: Keeper) {
    this.#id = id;
    this.#name = name;
    this.#path = path;
    this.#keeper = keeper;
    Deno.mkdirSync(path);
    this.#file = Deno.openSync(`${path}/content`, { write: true, createNew: true });
  }

  /**
   * Adds content.
   *
   * @throws {LimitError} It would be too much.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isOver) return;
    this.#keeper.claim(this.#size, bytes.length);
    this.#size += bytes.length;
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length && !this.#isOver;) at += await this.#file.write(bytes.subarray(at));
  }

  /** Puts the file into its store. */
  async keep(): Promise<StoredFile> {
    if (this.#isOver) throw new TypeError(`Cannot keep ${this.#name}: it was kept or discarded before`);
    this.#end();
    const sha256 = this.#hash.digest("hex");
    const file = { id: this.#id, name: this.#name, size: this.#size, sha256, time: Date.now() };
    try {
      await this.#keeper.keep(file);
    } catch (error) {
      await this.#forget();
      throw error;
    }
    return file;
  }

  /** Deletes the file, unless it is kept. */
  async discard(): Promise<void> {
    if (this.#isOver) return;
    this.#end();
    await this.#forget();
  }

  async #forget(): Promise<void> {
    this.#keeper.release(this.#size);
    await removeAll(this.#path);
  }

  #end(): void {
    this.#isOver = true;
    this.#file.close();
  }
}

async function removeAll(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
