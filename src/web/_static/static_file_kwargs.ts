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
   * The directories outside `path` that symbolic links may lead into; instead of those of the class.
   *
   * @default {StaticFileHandler.allowedSymlinkDirectory}
   */
  allowedSymlinkDirectory?: string | readonly string[] | null;
  /**
   * Whether symbolic links may lead anywhere, as they could in Tornado before 6.5.9.
   *
   * @default {false}
   */
  allowOutsideLinks?: boolean;
  /**
   * Whether files are served of which a part of the path begins with a dot, such as `.git/config`, as Tornado does. With `false` they are
   * answered with 404, except those below `.well-known/`. Not in Tornado.
   *
   * @default {true}
   */
  dotfiles?: boolean;
}

/** The path of a request, as a group of the rule's pattern, or as the group named `path`. */
export type StaticPath = string | null | { readonly path?: string | null };

/** Content of a file: all of it, or pieces. */
export type StaticContent = Bytes | Iterable<Bytes> | AsyncIterable<Bytes>;
