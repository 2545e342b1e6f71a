import { currentClock } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { type FileState, fileState, isSameState, isSettled } from "./file_state.ts";

/** The seconds for which the version in a URL may be out of date: a page with many URLs must not look at every file. */
const TRUSTED = 1;
/**
 * More names than a site has static files. Beyond it all is forgotten, so that a hostile client cannot fill the memory.
 */
const MAX_VERSIONS = 10_000;

interface Version {
  readonly version: string | null;
  /** The state of the file of this version; `null` if it did not exist, `undefined` if it may change unnoticed. */
  readonly state: FileState | null | undefined;
  /** The time of the last look at the file, in seconds of the monotonic clock. */
  checked: number;
}

/** The versions of the static files of one class of handlers. */
export class Versions {
  readonly #known: Map<string, Version> = new Map();

  /**
   * The version of a file, or `null` if it cannot be read, which is logged once.
   *
   * @param compute Called if the file is new or has changed since the last call; returns the version and the state it
   * belongs to.
   */
  ofFile(path: string, compute: () => { version: string; state: FileState }): string | null {
    const known = this.#known.get(path);
    const now = currentClock().monotonic();
    if (known !== undefined && now - known.checked < TRUSTED) return known.version;
    const state = attempt(() => fileState(path));
    if (known !== undefined && isSame(known.state, state)) {
      known.checked = now;
      return known.version;
    }
    const computed = state?.isFile ? attempt(compute) : null;
    const found = computed?.state ?? state;
    const version = computed?.version ?? null;
    this.#remember(path, { version, state: found === null || isSettled(found) ? found : undefined, checked: now });
    return version;
  }

  /** The version of content that does not come from a file; computed once. */
  ofContent(path: string, compute: () => string): string | null {
    const known = this.#known.get(path);
    if (known !== undefined) return known.version;
    const version = attempt(compute);
    this.#remember(path, { version, state: null, checked: 0 });
    return version;
  }

  clear(): void {
    this.#known.clear();
  }

  #remember(path: string, version: Version): void {
    const isNews = this.#known.get(path)?.version !== null;
    if (this.#known.size >= MAX_VERSIONS) this.#known.clear();
    this.#known.set(path, version);
    if (version.version === null && isNews) genLog.error("Could not open static file %s", JSON.stringify(path));
  }
}

/** A URL without a version still works, so an unreadable file must not fail the page. */
function attempt<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch (error) {
    genLog.debug("No version of a static file: %s", error);
    return null;
  }
}

function isSame(a: FileState | null | undefined, b: FileState | null): boolean {
  return a && b ? isSameState(a, b) : a === b;
}
