import type { Bytes } from "../../internal/bytes.ts";
import type { Precompressed } from "./precompressed.ts";

/** The arguments of a rule for `StaticFileHandler`. */
export interface StaticFileKwargs {
  /** The directory whose files are served. */
  path: string;
  /**
   * The name of the file to serve for a directory, such as `index.html`; without it, directories are refused.
   *
   * @default {null}
   */
  defaultFilename?: string | null;
  /**
   * Serves `app.js.br`, `app.js.zst` or `app.js.gz` for `app.js` to clients that accept it. A list names the codings to
   * look for, in order of preference. Not in Tornado.
   *
   * @default {false}
   */
  precompressed?: Precompressed;
  /**
   * The directories outside `path` that symbolic links may lead into, in place of those of the class.
   *
   * @default {StaticFileHandler.allowedSymlinkDirectory}
   */
  allowedSymlinkDirectory?: string | readonly string[] | null;
  /**
   * Allows symbolic links to lead anywhere, as Tornado did before 6.5.9.
   *
   * @default {false}
   */
  allowOutsideLinks?: boolean;
  /**
   * Serves files whose path has a part that begins with a dot, such as `.git/config`, as Tornado does. `false` answers
   * 404 for them, except below `.well-known/`. Not in Tornado.
   *
   * @default {true}
   */
  dotfiles?: boolean;
}

/** The path of a request: a group of the rule's pattern, or the group named `path`. */
export type StaticPath = string | null | { readonly path?: string | null };

/** The content of a file, in one piece or several. */
export type StaticContent = Bytes | Iterable<Bytes> | AsyncIterable<Bytes>;
