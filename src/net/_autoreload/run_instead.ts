/** The program to run, and when to stop. */
export interface ReloaderOptions {
  /** Path of the main module. */
  readonly main: string;
  /** Flags of `deno run`. */
  readonly flags: readonly string[];
  /** Arguments of the program. */
  readonly args: readonly string[];
  /**
   * When to end: with a program that ends with the exit code 0 (`"success"`), also with one that ends before the first
   * change, as if nothing watched it (`"first"`), or never.
   */
  readonly until: "never" | "success" | "first";
  /** Tells whether to wait for a change before the program is started. */
  readonly waits: boolean;
  /** Milliseconds between two looks at the files where the system does not report changes. */
  readonly checkTime: number;
  /** Further files and directories to watch. */
  readonly watched: readonly string[];
  /** Runs before the first start of a program, with the files that were changed. */
  readonly beforeStart?: (files: readonly string[]) => Promise<void>;
}

/** The task of a worker that does the work of this thread. */
export interface ReloaderTask {
  readonly module: string;
  readonly options: ReloaderOptions;
  /** Where the creator waits for a sign that the exit code is there. */
  readonly shared: Int32Array<SharedArrayBuffer>;
}

/** Text instead of a module, as in `_ioloop/worker_source.ts`. */
const WORKER_SOURCE = `
const { workerData } = require("node:worker_threads");
const { options, shared } = workerData;
const wake = (code) => {
  shared[1] = code;
  Atomics.store(shared, 0, 1);
  Atomics.notify(shared, 0);
};
import(workerData.module).then(({ Reloader }) => new Reloader(options).run()).then(wake, (error) => {
  // The thread that waits must not wait for ever.
  console.error(error);
  wake(1);
});
`;

/**
 * Runs a program in the place of this one, and ends this process with its exit code.
 *
 * The event loop of this thread stands still from here on, as after `exec`: a worker does the work.
 */
export function runInstead(options: ReloaderOptions): never {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const workerData: ReloaderTask = { module: new URL("./reloader.ts", import.meta.url).href, options, shared };
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  new Worker(WORKER_SOURCE, { eval: true, workerData });
  Atomics.wait(shared, 0, 0);
  Deno.exit(shared[1]);
}
