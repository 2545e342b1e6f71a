import type { Bytes } from "../../internal/bytes.ts";
import type { Precompressed } from "./precompressed.ts";

/** Arguments of a rule for `StaticFileHandler`. */
export interface StaticFileKwargs {
  /** The directory whose files are served. */
  path: string;
  /**
   * The file that is served for a directory, such as `index.html`; without it, directories are refused.
   *
   * @default {null}
   */
  defaultFilename?: string | null;
  /**
   * Whether `app.js.br`, `app.js.zst` and `app.js.gz` are served for `app.js` to clients that accept it, or in which codings they are
   * looked for, in order of preference. Not in Tornado.
   *
   * @default {false}
   */
  precompressed?: Precompressed;
  /**
   * Whether symbolic links may lead out of the directory, as they may in Tornado.
   *
   * @default {false}
   */
  allowOutsideLinks?: boolean;
}

/** The path of a request, as a group of the rule's pattern, or as the group named `path`. */
export type StaticPath = string | null | { readonly path?: string | null };

/** Content of a file: all of it, or pieces. */
export type StaticContent = Bytes | Iterable<Bytes> | AsyncIterable<Bytes>;
