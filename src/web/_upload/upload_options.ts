import type { ParseMultipartConfig, PartHead } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";

/** Takes the content of one part of a form as it comes. */
export interface PartReceiver {
  /**
   * Takes a piece; the next one waits for its promise, and so does the client. The piece belongs to the receiver from now on, but for a
   * handler with `borrowBodyChunks`, where it lasts until the promise settles.
   */
  data(chunk: Bytes): void | Promise<void>;
  /** Called when the part is complete. */
  end?(): void | Promise<void>;
  /** Called instead if it never will be: the client went away, or the form was refused. */
  abort?(): void;
}

/** Options of {@linkcode UploadForm}. */
export interface UploadFormOptions {
  /**
   * How many bytes the body may have, in place of the server's `maxBodySize`. A larger one is refused before it is sent, if its length is
   * announced.
   *
   * @default {the server's}
   */
  maxSize?: number;
  /**
   * How many bytes one part may have.
   *
   * @default {no limit but that of the body}
   */
  maxPartSize?: number;
  /**
   * How many bytes all fields that are no files may have together: they are kept in memory.
   *
   * @default {1048576}
   */
  maxFieldsSize?: number;
  /**
   * How many parts there may be, and how long their headers.
   *
   * @default {the configuration of the whole process}
   */
  config?: ParseMultipartConfig;
  /**
   * The directory for temporary files; it must be there.
   *
   * @default {the system's}
   */
  directory?: string;
  /**
   * Called for each part when it begins. What it returns takes the content; if that is nothing, files are spooled and fields kept.
   *
   * @default {none}
   */
  part?(part: PartHead): PartReceiver | undefined | Promise<PartReceiver | undefined>;
}
