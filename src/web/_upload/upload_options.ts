import type { ParseMultipartConfig, PartHead } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";

/** Takes the content of one part of a form while it arrives. */
export interface PartReceiver {
  /**
   * Takes a piece. The next one waits for the promise, and so does the client. The receiver owns the piece; only for a
   * handler with `borrowBodyChunks`, the piece is valid until the promise settles and no longer.
   */
  data(chunk: Bytes): void | Promise<void>;
  /** Called when the part is complete. */
  end?(): void | Promise<void>;
  /** Called if the part will never be complete: the client went away, or the form was refused. */
  abort?(): void;
}

/** Options of {@linkcode UploadForm}. */
export interface UploadFormOptions {
  /**
   * The limit of the body in bytes, in place of the server's `maxBodySize`. A body that announces a greater length is
   * refused before it is sent.
   *
   * @default {the server's}
   */
  maxSize?: number;
  /**
   * The limit of one part, in bytes.
   *
   * @default {no limit but that of the body}
   */
  maxPartSize?: number;
  /**
   * The limit of all fields other than files together, in bytes: they are kept in memory.
   *
   * @default {1048576}
   */
  maxFieldsSize?: number;
  /**
   * The limits of the number of parts and of their headers.
   *
   * @default {the configuration of the whole process}
   */
  config?: ParseMultipartConfig;
  /**
   * The directory for temporary files, which must exist.
   *
   * @default {the system's}
   */
  directory?: string;
  /**
   * Called when a part begins. It returns the receiver of the content, or `undefined` to spool a file and keep a field.
   *
   * @default {none}
   */
  part?(part: PartHead): PartReceiver | undefined | Promise<PartReceiver | undefined>;
}
