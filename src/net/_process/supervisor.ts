import { currentClock, type Timer } from "../../internal/clock.ts";
import { checkSeconds } from "../../internal/duration.ts";
import { genLog } from "../../util/log.ts";
import { runCallback } from "../_ioloop/callbacks.ts";
import { isSameKeystroke } from "../_tcpserver/drain_on_signal.ts";
import { balance } from "./balance.ts";
import { isCount, type SupervisorMode, type WorkerMessage, type WorkerStart } from "./messages.ts";
import { OrphanGuard } from "./orphan_guard.ts";
import { checkSpawning, permissionFlags, unstableFlags } from "./permission_flags.ts";
import { type ChildProgram, ProcessChannel } from "./process_channel.ts";
import { RestartPolicy } from "./restart_policy.ts";
import { type SharedListenOptions, SharedSockets } from "./shared_sockets.ts";
import { ThreadChannel } from "./thread_channel.ts";
import type { WorkerChannel, WorkerExit, WorkerListener } from "./worker_channel.ts";
import { type RunListener, WorkerRun } from "./worker_run.ts";

/** Options of {@linkcode Supervisor}. Times are in seconds. */
export interface SupervisorOptions {
  /**
   * The program of the workers.
   * @default {that of this process, which then finds itself to be a worker by `taskId` or `currentWorker`}
   */
  module?: string | URL;
  /**
   * The arguments of worker processes, as `Deno.args`. Threads always have those of this process.
   * @default {those of this process}
   */
  args?: readonly string[];
  /**
   * The number of workers; 0 is for one a processor.
   * @default {0}
   */
  workers?: number;
  /**
   * Makes workers processes or threads: isolates of this process. Threads share its permissions, and a module that is a
   * file needs `--allow-read`. Processes need `--allow-run` and `--allow-env`.
   * @default {"processes"}
   */
  mode?: SupervisorMode;
  /**
   * The permissions of worker processes, as flags of Deno, such as `--allow-net=127.0.0.1:8888`. Each must be one of
   * this process.
   * @default {each kind of permission that this process has in whole}
   */
  permissions?: readonly string[];
  /**
   * Further flags of Deno for worker processes, such as `--config=deno.json`.
   * @default {[]}
   */
  denoFlags?: readonly string[];
  /**
   * Puts `[0] `, the number of the task, before each line that a worker process prints, and before each message of a
   * thread on the console.
   * @default {true}
   */
  prefixOutput?: boolean;
  /**
   * The time that a worker may take until it is ready; a slower one is killed.
   * @default {30}
   */
  startTimeout?: number;
  /**
   * The time that a worker has to finish when it is told to end; then it is killed.
   * @default {30}
   */
  drainTimeout?: number;
  /**
   * The time between two signs of life of a worker.
   * @default {1}
   */
  heartbeatInterval?: number;
  /**
   * The time after which a worker without a sign of life is killed.
   * @default {30}
   */
  heartbeatTimeout?: number;
  /**
   * The restarts of failed workers that are allowed in {@linkcode SupervisorOptions.restartWindow}, beside one of each
   * task. If a worker fails after them, the supervisor gives up.
   * @default {10}
   */
  maxRestarts?: number;
  /**
   * The time in which restarts are counted.
   * @default {60}
   */
  restartWindow?: number;
  /**
   * The requests after which a worker is replaced, for programs that leak memory; `null` for no limit.
   * @default {null}
   */
  maxRequests?: number | null;
  /**
   * The bytes of memory beyond which a worker is replaced: resident memory of a process, heap of a thread; `null` for
   * no limit.
   * @default {null}
   */
  maxMemory?: number | null;
  /**
   * The part by which both limits vary between workers, so that not all are replaced at the same time.
   * @default {0.1}
   */
  jitter?: number;
  /** Receives what workers `send`. */
  onMessage?: (message: WorkerMessage, taskId: number) => void;
}

/** The state of one worker. */
export interface WorkerInfo {
  /** The number of the task. */
  readonly taskId: number;
  /** The number of the process, or `null` for a thread, or before the start. */
  readonly pid: number | null;
  /** Tells whether it has told that it is ready. */
  readonly ready: boolean;
  /** The numbers of its last sign of life, such as `lag_seconds` and `memory_bytes`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The state of a task. */
interface Task {
  readonly id: number;
  run: WorkerRun | null;
  /** The worker that is to take the place of `run` when it is ready. */
  successor: WorkerRun | null;
  restart: Timer | null;
  /** Tells whether its worker has ended by itself with status 0, or the task was removed. */
  over: boolean;
}

/** The exit status of a supervisor that has given up. */
const GAVE_UP = 1;
/** The options that are times. */
const TIMES = ["startTimeout", "drainTimeout", "heartbeatInterval", "heartbeatTimeout", "restartWindow"] as const;
/** How often the silence of workers is looked at, in parts of their interval. */
const CHECKS = 2;

/**
 * Starts workers, keeps them running, and replaces them without losing a connection.
 *
 * The listening sockets belong to the supervisor, and all workers accept from them: what waits in their queues outlives
 * every worker. A worker is replaced by one that is ready before the old one drains. Workers that fail are started
 * again, immediately at first and then with growing pauses; after too many failures the supervisor gives up. Workers
 * end when the supervisor dies.
 *
 * @example A program that is its own worker
 * ```ts ignore
 * import { Supervisor, taskId } from "@twister/twister/process";
 * import { Application } from "@twister/twister/web";
 *
 * if (taskId() === null) {
 *   const supervisor = new Supervisor({ workers: 2 });
 *   supervisor.bind(8888);
 *   Deno.exit(await supervisor.run());
 * }
 * new Application().listen(8888);
 * ```
 */
export class Supervisor implements AsyncDisposable {
  /** Tells whether workers are processes or threads. */
  readonly mode: SupervisorMode;
  readonly #options: Required<Omit<SupervisorOptions, "onMessage" | "module" | "permissions" | "workers">>;
  readonly #module: string;
  readonly #program: ChildProgram;
  readonly #onMessage: ((message: WorkerMessage, taskId: number) => void) | null;
  readonly #sockets: SharedSockets;
  readonly #policy: RestartPolicy;
  readonly #tasks: Task[] = [];
  readonly #runs: Set<WorkerRun> = new Set();
  readonly #limits: WeakMap<WorkerRun, number> = new WeakMap();
  readonly #totals: Map<string, number> = new Map();
  readonly #ended: PromiseWithResolvers<number> = Promise.withResolvers();
  readonly #hears: RunListener;
  /** Those who wait until all workers are ready. */
  readonly #waiting: (() => void)[] = [];
  #wanted: number;
  #rolling: Promise<void> = Promise.resolve();
  #checker: Timer | null = null;
  #lastCheck = 0;
  #stopping: Promise<boolean> | null = null;
  /** When the first call of `stop` came, in milliseconds. */
  #stoppedAt = 0;
  #started = false;
  #exitCode = 0;

  /**
   * Makes a supervisor; {@linkcode Supervisor.run} or {@linkcode Supervisor.start} starts its workers.
   *
   * @throws {TypeError} If `permissions` has one that this process lacks, `denoFlags` has a permission, or the program
   * asks for worker processes and is compiled, or has no permission to start them.
   * @throws {RangeError} If `workers` is not a whole number, or negative.
   * @throws {TypeError} If a time is not a number.
   */
  constructor(options: SupervisorOptions = {}) {
    const { module = Deno.mainModule, workers = 0, permissions = null, onMessage = null, ...rest } = options;
    if (!Number.isInteger(workers) || workers < 0) {
      throw new RangeError(`Cannot supervise workers: their number is not a whole one from 0: ${workers}`);
    }
    this.#options = { ...DEFAULTS, args: Deno.args, ...rest };
    for (const name of TIMES) checkSeconds(name, this.#options[name]);
    this.mode = this.#options.mode;
    this.#module = String(module);
    this.#wanted = workers === 0 ? navigator.hardwareConcurrency : workers;
    this.#onMessage = onMessage;
    if (this.mode === "processes") checkSpawning();
    const { args, denoFlags } = this.#options;
    const permission = denoFlags.find((flag) => /^(--allow|--deny|--permission|-[A-Z])/.test(flag));
    if (permission !== undefined) {
      throw new TypeError(`Cannot pass a flag on, it is a permission and belongs into permissions: ${permission}`);
    }
    const flags = this.mode === "processes" ? [...permissionFlags(permissions), ...unstableFlags(), ...denoFlags] : [];
    this.#program = { module: this.#module, args, flags, guard: new OrphanGuard() };
    this.#sockets = new SharedSockets(this.mode);
    this.#policy = new RestartPolicy(this.#options.maxRestarts, this.#options.restartWindow);
    this.#hears = {
      onReady: (run) => this.#onReady(run),
      onMessage: (run, message) => runCallback(() => this.#onMessage?.(message, run.taskId), "onMessage"),
      onBeat: (run) => {
        this.#checkLimits(run);
        balance(run, this.#runs);
      },
      onExit: (run, exit) => this.#onExit(run, exit),
    };
  }

  /** The addresses that the workers accept from. */
  get addresses(): Deno.Addr[] {
    return this.#sockets.addresses;
  }

  /**
   * The first port.
   *
   * @throws {Error} If no port is bound.
   */
  get port(): number {
    const port = this.#sockets.shared.flatMap(({ ports }) => ports)[0];
    if (port === undefined) throw new Error("Cannot tell the port: the supervisor has bound none");
    return port;
  }

  /** The workers, one for each task. */
  get workers(): WorkerInfo[] {
    return this.#tasks.flatMap(({ id, run }) =>
      run === null ? [] : [{ taskId: id, pid: run.pid, ready: run.isReady, metrics: run.metrics }]
    );
  }

  /**
   * The sums of the numbers of all workers. Those whose name ends in `_total` include the workers that have ended.
   *
   * Each worker gives `workers` (1), `memory_bytes`, `lag_seconds`, and for its servers `connections`,
   * `connections_kept`, `connections_total` and `requests_total`.
   */
  get metrics(): Record<string, number> {
    const sums: Record<string, number> = Object.fromEntries(this.#totals);
    for (const { metrics } of this.#runs) {
      for (const [name, value] of Object.entries(metrics)) sums[name] = (sums[name] ?? 0) + value;
    }
    return sums;
  }

  /**
   * Listens on a port for the workers. A worker's own `listen` with that port accepts from the shared socket. Call it
   * before the start.
   *
   * @param port The port; 0 takes a free one, and a worker gets it by the port 0 too.
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`.
   * @throws {TypeError} If the socket cannot be shared without `--unstable-net`.
   */
  bind(port: number, options: SharedListenOptions = {}): void {
    if (this.#started) throw new Error("Cannot share a port: the workers have started without it");
    this.#sockets.bind(port, options);
  }

  /**
   * Starts the workers, and resolves when each is ready.
   *
   * @throws {Error} If the supervisor gives up before that.
   */
  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    genLog.info("Starting %d %s", this.#wanted, this.mode);
    this.#lastCheck = currentClock().monotonic();
    this.#check();
    while (this.#tasks.length < this.#wanted) this.#addTask();
    await Promise.race([this.#ended.promise, this.#untilReady()]);
    if (this.#exitCode !== 0) throw new Error("Cannot start the workers: too many have failed");
  }

  /**
   * Runs the workers under the control of signals, until all have ended. SIGTERM and SIGINT drain them, and a second
   * one ends them immediately. SIGHUP replaces them one after another; SIGTTIN adds a worker, SIGTTOU removes one.
   *
   * @returns The status to exit with: 0, or 1 if too many workers have failed.
   */
  async run(): Promise<number> {
    const remove = this.#listenToSignals();
    try {
      this.start().catch(() => {});
      return await this.#ended.promise;
    } finally {
      remove();
    }
  }

  /**
   * Replaces all workers, one after another: the old one drains when the new one is ready. If a new worker does not
   * become ready, the old ones stay.
   *
   * @returns Whether all were replaced.
   */
  async restart(): Promise<boolean> {
    for (const task of [...this.#tasks]) {
      if (!await this.#inTurn(() => this.#replace(task))) return false;
    }
    return true;
  }

  /**
   * Sets the number of workers, by starting some or draining the last ones.
   *
   * @throws {RangeError} If the number is not a whole one from 1.
   */
  async scale(workers: number): Promise<void> {
    if (!Number.isInteger(workers) || workers < 1) {
      throw new RangeError(`Cannot supervise workers: their number is not a whole one from 1: ${workers}`);
    }
    this.#wanted = workers;
    if (!this.#started || this.#stopping !== null) return;
    const removed = this.#tasks.splice(workers);
    while (this.#tasks.length < workers) this.#addTask();
    const ends = removed.map((task) => this.#remove(task));
    await Promise.all([this.#untilReady(), ...ends]);
  }

  /**
   * Sends a message to workers. A worker that is not there at the moment does not get it.
   *
   * @param to The number of the task to send to, or `{ except }` for all others; `undefined` for all.
   */
  send(message: WorkerMessage, to?: number | { readonly except: number }): void {
    for (const run of this.#runs) {
      const addressed = to === undefined || (typeof to === "number" ? run.taskId === to : run.taskId !== to.except);
      if (addressed) run.send(message);
    }
  }

  /**
   * Ends all workers: they finish what was accepted, and are killed when the time is up. The ports are free afterwards.
   *
   * @param seconds The time to finish; 0 ends them immediately.
   * @returns Whether all have finished in time.
   * @throws {TypeError} If the time is not a number.
   */
  stop(seconds: number = this.#options.drainTimeout): Promise<boolean> {
    checkSeconds("seconds", seconds);
    if (this.#stopping === null) this.#stoppedAt = performance.now();
    return this.#stopping ??= this.#stop(seconds);
  }

  /** Kills all workers. */
  kill(): void {
    void this.stop(0);
    for (const run of this.#runs) run.kill();
  }

  /** Ends all workers immediately, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.stop();
  }

  async #stop(seconds: number): Promise<boolean> {
    const runs = [...this.#runs];
    for (const task of this.#tasks) this.#close(task);
    await Promise.all(runs.map((run) => endRun(run, seconds, true)));
    await this.#finish();
    return !runs.some((run) => run.killed);
  }

  /** Starts no more workers for a task. */
  #close(task: Task): void {
    task.over = true;
    task.restart?.cancel();
  }

  async #remove(task: Task): Promise<void> {
    this.#close(task);
    const runs = [task.run, task.successor].filter((run) => run !== null);
    await Promise.all(runs.map((run) => endRun(run, this.#options.drainTimeout, false)));
  }

  async #finish(): Promise<void> {
    this.#checker?.cancel();
    this.#checker = null;
    this.#sockets.close();
    await this.#program.guard.ended;
    this.#ended.resolve(this.#exitCode);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #addTask(): void {
    const id = this.#tasks.length;
    const task: Task = { id, run: null, successor: null, restart: null, over: false };
    this.#tasks.push(task);
    task.run = this.#launch(id);
  }

  #launch(taskId: number): WorkerRun {
    const { heartbeatInterval, drainTimeout, prefixOutput } = this.#options;
    const start: WorkerStart = {
      taskId,
      mode: this.mode,
      shared: this.#sockets.shared,
      prefixOutput,
      heartbeatInterval,
      drainSeconds: drainTimeout,
    };
    const { sockets } = this.#sockets;
    const begin = (listener: WorkerListener): Promise<WorkerChannel> =>
      this.mode === "processes"
        ? ProcessChannel.start(this.#program, start, sockets, listener)
        : ThreadChannel.start(this.#module, start, sockets, listener);
    const run = new WorkerRun(taskId, begin, this.#hears);
    this.#limits.set(run, 1 + Math.random() * this.#options.jitter);
    this.#runs.add(run);
    return run;
  }

  /** Resolves when each task has a worker that is ready, or is over. */
  #untilReady(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#checkReady();
    });
  }

  #checkReady(): void {
    if (!this.#tasks.every(({ run, over }) => over || run?.isReady)) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Runs replacements one after another, so that at most one worker more than wanted runs. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#rolling.then(work);
    this.#rolling = result.then(() => {}, () => {});
    return result;
  }

  async #replace(task: Task): Promise<boolean> {
    if (task.over || this.#stopping !== null) return true;
    const successor = task.successor = this.#launch(task.id);
    const ready = await successor.becameReady;
    task.successor = null;
    if (this.#stopping !== null || task.over) {
      // The old one has ended by itself meanwhile.
      await successor.drain(this.#options.drainTimeout, false);
      return true;
    }
    if (!ready) {
      genLog.error("%s was not replaced: the new one did not become ready", task.run?.label ?? `worker ${task.id}`);
      if (task.run === null) this.#failed(task);
      return false;
    }
    const old = task.run;
    task.run = successor;
    task.restart?.cancel();
    await old?.drain(this.#options.drainTimeout, false);
    return true;
  }

  #onReady(run: WorkerRun): void {
    genLog.info("%s is ready", run.label);
    this.#checkReady();
  }

  #onExit(run: WorkerRun, exit: WorkerExit): void {
    this.#runs.delete(run);
    for (const [name, value] of Object.entries(run.metrics)) {
      if (isCount(name)) this.#totals.set(name, (this.#totals.get(name) ?? 0) + value);
    }
    const task = this.#tasks.find((task) => task.run === run);
    if (task !== undefined) task.run = null;
    const how = describe(run, exit);
    if (task === undefined || run.draining || task.over) {
      const expected = exit.code === 0 || run.draining || run.killed;
      return genLog[expected && run.fault === null ? "info" : "warning"]("%s %s", run.label, how);
    }
    if (exit.code === 0 && exit.signal === null) {
      genLog.info("%s exited normally", run.label);
      task.over = true;
      this.#checkReady();
      if (this.#tasks.every(({ over }) => over)) void this.#finish();
      return;
    }
    genLog.warning("%s %s, restarting", run.label, how);
    // Its successor is on the way.
    if (task.successor === null) this.#failed(task);
  }

  #failed(task: Task): void {
    const delay = this.#policy.next(task.id, currentClock().monotonic());
    if (delay === null) return this.#giveUp();
    const restart = (): void => {
      task.restart = null;
      if (!task.over && task.run === null) task.run = this.#launch(task.id);
    };
    if (delay === 0) restart();
    else task.restart = currentClock().setTimer(restart, delay);
  }

  #giveUp(): void {
    genLog.error("Too many worker restarts, giving up");
    this.#exitCode = GAVE_UP;
    void this.stop();
  }

  #checkLimits(run: WorkerRun): void {
    const { maxRequests, maxMemory } = this.#options;
    const task = this.#tasks.find((task) => task.run === run);
    const factor = this.#limits.get(run);
    if (task === undefined || factor === undefined || !run.isReady || run.draining) return;
    const { requests_total: requests = 0, memory_bytes: memory = 0 } = run.metrics;
    const tooMany = maxRequests !== null && requests >= maxRequests * factor;
    const tooMuch = maxMemory !== null && memory >= maxMemory * factor;
    if (!tooMany && !tooMuch) return;
    this.#limits.delete(run);
    genLog.info("%s is replaced: it has %d requests behind it, and %d bytes of memory", run.label, requests, memory);
    void this.#inTurn(() => task.run === run ? this.#replace(task) : Promise.resolve(true));
  }

  /** Kills the workers that are silent. */
  #check(): void {
    const { heartbeatInterval, heartbeatTimeout, startTimeout } = this.#options;
    const pause = Math.min(heartbeatInterval, heartbeatTimeout) / CHECKS;
    const now = currentClock().monotonic();
    // If this process was stopped for a while, what the workers have sent meanwhile is not read yet.
    const slept = now - this.#lastCheck > pause + heartbeatInterval;
    this.#lastCheck = now;
    for (const run of this.#runs) {
      if (slept) run.forgive();
      else if (!run.isReady && run.age > startTimeout) run.kill(`it was not ready after ${startTimeout} s`);
      else if (run.isReady && run.silence > heartbeatTimeout) run.kill(`it was silent for ${heartbeatTimeout} s`);
    }
    this.#checker = currentClock().setTimer(() => this.#check(), pause);
  }

  #listenToSignals(): () => void {
    const end = (): void => {
      if (this.#stopping === null) return void this.stop();
      if (isSameKeystroke(this.#stoppedAt)) return;
      genLog.warning("A second signal: ending all workers");
      this.kill();
    };
    const handlers: [Deno.Signal, () => void][] = [["SIGTERM", end], ["SIGINT", end]];
    if (Deno.build.os !== "windows") {
      handlers.push(
        ["SIGHUP", () => void this.restart()],
        ["SIGTTIN", () => void this.scale(this.#wanted + 1)],
        ["SIGTTOU", () => void this.scale(Math.max(1, this.#wanted - 1))],
      );
    }
    for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
    return () => {
      for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
    };
  }
}

const DEFAULTS = {
  mode: "processes",
  denoFlags: [],
  prefixOutput: true,
  startTimeout: 30,
  drainTimeout: 30,
  heartbeatInterval: 1,
  heartbeatTimeout: 30,
  maxRestarts: 10,
  restartWindow: 60,
  maxRequests: null,
  maxMemory: null,
  jitter: 0.1,
} as const;

function endRun(run: WorkerRun, seconds: number, last: boolean): Promise<void> {
  if (seconds > 0) return run.drain(seconds, last);
  run.kill();
  return run.ended;
}

function describe(run: WorkerRun, { code, signal }: WorkerExit): string {
  if (run.fault !== null) return `was killed, ${run.fault}`;
  return signal === null ? `exited with status ${code}` : `was killed by signal ${signal}`;
}
