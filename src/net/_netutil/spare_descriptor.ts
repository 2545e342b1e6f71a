/**
 * A descriptor in reserve, for the moment in which the process has no other: Deno opens a file to map a stack to the
 * source, and ends the process if it cannot. There is none without the permission to read `/dev/null`.
 */
export class SpareDescriptor {
  readonly #available: boolean = hasNull();
  #file: Deno.FsFile | null = null;

  /** Makes an empty reserve. */
  constructor() {
    openSignals();
  }

  /** Takes the descriptor; returns `false` if the process has none left. */
  take(): boolean {
    if (!this.#available || this.#file !== null) return true;
    try {
      this.#file = Deno.openSync("/dev/null");
      return true;
    } catch {
      return false;
    }
  }

  /** Gives the descriptor back; returns whether there was one. */
  release(): boolean {
    if (this.#file === null) return false;
    this.#file.close();
    this.#file = null;
    return true;
  }
}

/** Returns whether that many descriptors are free; `true` if this cannot be tried. */
export function hasDescriptors(count: number): boolean {
  const spare = Array.from({ length: count }, () => new SpareDescriptor());
  const free = spare.every((one) => one.take());
  for (const one of spare) one.release();
  return free;
}

/**
 * Makes Deno open the descriptors for its signals now. It does so by itself a second after the start, and ends the
 * process if it gets none then.
 */
export function openSignals(): void {
  if (Deno.build.os === "windows") return;
  const ignore = () => {};
  Deno.addSignalListener("SIGWINCH", ignore);
  Deno.removeSignalListener("SIGWINCH", ignore);
}

/** Returns whether an error says that the process, or the system, has no descriptor left. */
export function isOutOfDescriptors(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && (error.code === "EMFILE" || error.code === "ENFILE")) return true;
  // Deno.serve reports the error of its accept without a code.
  return /\(os error 2[34]\)/.test(error.message) && Deno.build.os !== "windows";
}

function hasNull(): boolean {
  if (Deno.build.os === "windows") return false;
  return Deno.permissions.querySync({ name: "read", path: "/dev/null" }).state === "granted";
}
