import type { PartHead } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import type { PartReceiver } from "./upload_options.ts";

/**
 * A file of an {@linkcode UploadForm}, kept in a temporary file that is deleted when the request has ended.
 *
 * @example
 * ```ts
 * import type { UploadedFile } from "@twister/twister/web";
 *
 * // Never use the name that the client gave as a path: it may be anything, even `../../etc/passwd`.
 * async function keep(file: UploadedFile): Promise<string> {
 *   const path = `/srv/uploads/${crypto.randomUUID()}`;
 *   await file.moveTo(path);
 *   return path;
 * }
 * ```
 */
export class UploadedFile {
  /** The name of the form field. */
  readonly name: string;
  /** The name that the client gave. Never write to it unchecked: it may be any path. */
  readonly filename: string;
  /** The media type that the client gave, `application/unknown` if it gave none. */
  readonly contentType: string;
  #path: string;
  #size: number;

  /** Called by the form. */
  constructor(part: PartHead, path: string, size: number) {
    this.name = part.name;
    this.filename = part.filename ?? "";
    this.contentType = part.contentType;
    this.#path = path;
    this.#size = size;
  }

  /** The path of the file: the temporary one, or that of the last {@linkcode UploadedFile.moveTo}. */
  get path(): string {
    return this.#path;
  }

  /** The size of the file, in bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * Moves the file to a place where it stays. Within a file system, nothing is copied.
   *
   * @param path The new path; a file of that name is replaced.
   * @throws {Error} The errors of `Deno.rename` and `Deno.copyFile`.
   */
  async moveTo(path: string): Promise<void> {
    try {
      await Deno.rename(this.#path, path);
    } catch (error) {
      if (!isOtherDevice(error)) throw error;
      await Deno.copyFile(this.#path, path);
      await Deno.remove(this.#path);
    }
    this.#path = path;
  }
}

function isOtherDevice(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EXDEV";
}

/** Writes one part to a file. */
export class Spool implements PartReceiver {
  readonly #part: PartHead;
  readonly #path: string;
  readonly #done: (file: UploadedFile) => void;
  readonly #file: Deno.FsFile;
  #size = 0;

  private constructor(part: PartHead, path: string, file: Deno.FsFile, done: (file: UploadedFile) => void) {
    this.#part = part;
    this.#path = path;
    this.#file = file;
    this.#done = done;
  }

  static async open(part: PartHead, path: string, done: (file: UploadedFile) => void): Promise<Spool> {
    const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    return new Spool(part, path, file, done);
  }

  async data(chunk: Bytes): Promise<void> {
    this.#size += chunk.length;
    for (let at = 0; at < chunk.length;) at += await this.#file.write(chunk.subarray(at));
  }

  end(): void {
    this.#file.close();
    this.#done(new UploadedFile(this.#part, this.#path, this.#size));
  }

  abort(): void {
    this.#file.close();
  }
}
