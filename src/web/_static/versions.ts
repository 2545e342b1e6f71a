import { currentClock } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { type FileState, fileState, isSameState } from "./file_state.ts";

/** How long the version in a URL may lag behind the file, in seconds: a page with many of them should not look at each every time. */
const TRUSTED = 1;
/** More names than a site has static files; then all is forgotten, so that a hostile client cannot fill the memory with names. */
const MAX_VERSIONS = 10_000;

interface Version {
  readonly version: string | null;
  /** The file as it was, `null` if there was none. */
  readonly state: FileState | null;
  /** When it was looked at. */
  checked: number;
}

/** The versions of the static files of one class of handlers. */
export class Versions {
  readonly #known: Map<string, Version> = new Map();

  /**
   * The version of a file, or `null` if there is none, of which the log then tells once.
   *
   * @param compute Called if the file is new or has changed since it was called for it.
   */
  ofFile(path: string, compute: () => string): string | null {
    const known = this.#known.get(path);
    const now = currentClock().monotonic();
    if (known !== undefined && now - known.checked < TRUSTED) return known.version;
    const state = attempt(() => fileState(path));
    if (known !== undefined && isSame(known.state, state)) {
      known.checked = now;
      return known.version;
    }
    const version = state?.isFile ? attempt(compute) : null;
    this.#remember(path, { version, state, checked: now });
    return version;
  }

  /** The version of something that is no file: it is asked for once. */
  ofContent(path: string, compute: () => string): string | null {
    const known = this.#known.get(path);
    if (known !== undefined) return known.version;
    const version = attempt(compute);
    this.#remember(path, { version, state: null, checked: 0 });
    return version;
  }

  /** Forgets everything. */
  clear(): void {
    this.#known.clear();
  }

  #remember(path: string, version: Version): void {
    if (this.#known.size >= MAX_VERSIONS) this.#known.clear();
    this.#known.set(path, version);
    if (version.version === null) genLog.error("Could not open static file %s", JSON.stringify(path));
  }
}

/** A URL without a version still works, so that a file that cannot be read is no reason to fail. */
function attempt<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch (error) {
    genLog.debug("No version of a static file: %s", error);
    return null;
  }
}

function isSame(a: FileState | null, b: FileState | null): boolean {
  return a === null || b === null ? a === b : isSameState(a, b);
}
