import { nodePath } from "../../internal/node_module.ts";

/** An editor saves in several steps; what follows within this time belongs to the same change. */
const DEBOUNCE_MS = 25;

/** File systems take the time of a change from a clock that is up to one tick of the kernel behind. */
const CLOCK_TICK_MS = 10;

/** Larger files are compared by size and time only. */
const MAX_HASHED = 1024 * 1024;

interface FileState {
  readonly mtime: number;
  readonly size: number;
  /** Tells whether a later change could leave the time as it is, since the file was changed just now. */
  readonly isFresh: boolean;
  /** Digest of the content, once it is known. */
  hash: string | null;
}

/** State of a file that does not exist. */
const ABSENT: FileState = { mtime: 0, size: -1, isFresh: false, hash: "" };

/**
 * Watches files, and all files below directories, for changes of their content.
 *
 * Files are watched through their directories, since many editors replace a file when they save it. Attributes, and
 * writes of the same content, are not changes.
 */
export class FileWatch implements Disposable {
  readonly #pollMs: number;
  readonly #files = new Map<string, FileState>();
  /** Directories of which each file counts. */
  readonly #trees = new Set<string>();
  #folders = new Set<string>();
  #watchers: Deno.FsWatcher[] = [];
  #poll: ReturnType<typeof setInterval> | null = null;
  #touched = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #checks: Promise<void> = Promise.resolve();
  #changed = new Set<string>();
  #wake: (() => void) | null = null;

  /** @param pollMs Milliseconds between two looks where the system does not report changes. */
  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  /**
   * Adds files and directories, which need not exist.
   *
   * @param paths Paths.
   * @param since A file that was changed after this time, in milliseconds since the epoch, counts as changed now.
   */
  async add(paths: Iterable<string>, since: number = Infinity): Promise<void> {
    const added: string[] = [];
    for (const path of new Set(Array.from(paths, (path) => nodePath().resolve(path)))) {
      if (this.#files.has(path) || this.#trees.has(path)) continue;
      if (isDirectory(path)) {
        this.#trees.add(path);
        added.push(...await filesBelow(path));
      } else {
        added.push(path);
      }
    }
    for (const path of added) {
      const state = stateOf(path);
      this.#files.set(path, state);
      if (state.mtime > since - CLOCK_TICK_MS) this.#report([path]);
    }
    this.#watch();
    // New files may have changed before they were watched, and old ones while the watchers were replaced.
    await this.#check([...this.#files.keys()]);
    for (const path of added) await this.#hash(path, this.#files.get(path) ?? ABSENT);
  }

  /** Resolves with the paths of the files that have changed since the last call, as soon as there are any. */
  async next(): Promise<string[]> {
    while (this.#changed.size === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    const paths = [...this.#changed].sort();
    this.#changed.clear();
    return paths;
  }

  /** Takes the present state of all files as the one to compare with, and forgets changes that were not asked for. */
  async settle(): Promise<void> {
    await this.#check([...this.#files.keys()]);
    this.#changed.clear();
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#poll !== null) clearInterval(this.#poll);
  }

  /** Watches the directories again if there are others than before. */
  #watch(): void {
    const folders = new Set([...this.#files.keys()].map(nodePath().dirname).filter(isDirectory));
    for (const tree of this.#trees) if (isDirectory(tree)) folders.add(tree);
    if (this.#poll !== null || [...folders].every((folder) => this.#folders.has(folder))) return;
    const old = this.#watchers;
    this.#folders = folders;
    this.#watchers = [];
    try {
      const trees = [...folders].filter((folder) => this.#trees.has(folder));
      const flat = [...folders].filter((folder) => !this.#trees.has(folder));
      if (flat.length > 0) this.#listen(Deno.watchFs(flat, { recursive: false }));
      if (trees.length > 0) this.#listen(Deno.watchFs(trees));
    } catch {
      // The system's watches are used up, or it has none.
      this.#poll = setInterval(() => this.#check([...this.#files.keys()]), this.#pollMs);
    }
    for (const watcher of old) watcher.close();
  }

  async #listen(watcher: Deno.FsWatcher): Promise<void> {
    this.#watchers.push(watcher);
    for await (const { kind, paths, flag } of watcher) {
      if (kind === "access") continue;
      for (const path of flag === "rescan" ? this.#files.keys() : paths) {
        if (this.#files.has(path) || this.#isInTree(path)) this.#touched.add(path);
      }
      if (this.#touched.size === 0) continue;
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#checkTouched(), DEBOUNCE_MS);
    }
  }

  #isInTree(path: string): boolean {
    for (const tree of this.#trees) if (path.startsWith(tree + nodePath().sep)) return true;
    return false;
  }

  async #checkTouched(): Promise<void> {
    const paths = [...this.#touched];
    this.#touched = new Set();
    this.#timer = null;
    await this.#check(paths);
  }

  /** One check after another: a state is compared with only when its digest is there. */
  #check(paths: readonly string[]): Promise<void> {
    return this.#checks = this.#checks.then(() => this.#compare(paths));
  }

  async #compare(paths: readonly string[]): Promise<void> {
    const changed: string[] = [];
    for (const path of paths) {
      const before = this.#files.get(path) ?? ABSENT;
      const state = stateOf(path);
      if (isSameVersion(state, before) && (!before.isFresh || before.hash === null)) continue;
      this.#files.set(path, state);
      await this.#hash(path, state);
      if (before.hash === null || state.hash !== before.hash) changed.push(path);
    }
    if (changed.length > 0) this.#report(changed);
  }

  /**
   * Takes the digest of a state. That of a file that has changed since stays unknown: any other state differs from it.
   */
  async #hash(path: string, state: FileState): Promise<void> {
    if (state.hash !== null || state.size > MAX_HASHED) return;
    const hash = await hashOf(path);
    if (isSameVersion(stateOf(path), state)) state.hash = hash;
  }

  #report(paths: readonly string[]): void {
    for (const path of paths) this.#changed.add(path);
    this.#wake?.();
    this.#wake = null;
  }
}

function stateOf(path: string): FileState {
  const info = statOf(path);
  if (!info?.isFile) return ABSENT;
  const mtime = info.mtime?.getTime() ?? 0;
  return { mtime, size: info.size, isFresh: Date.now() - mtime < 2 * CLOCK_TICK_MS, hash: null };
}

function isSameVersion(a: FileState, b: FileState): boolean {
  return a.mtime === b.mtime && a.size === b.size;
}

function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory ?? false;
}

function statOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}

async function hashOf(path: string): Promise<string | null> {
  const content = await Deno.readFile(path).catch(() => null);
  return content === null ? null : new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toBase64();
}

async function filesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}${nodePath().sep}${entry.name}`;
    if (entry.isDirectory) files.push(...await filesBelow(path));
    else files.push(path);
  }
  return files;
}
