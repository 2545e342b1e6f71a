import type { MessagePort } from "node:worker_threads";
import { logError, runCallback } from "../_ioloop/callbacks.ts";
import { bindAddresses, bindSockets, type BindSocketsOptions, type NetListener } from "../_netutil/bind_sockets.ts";
import { handleBinding, isServerHandle } from "../_transport/handle_binding.ts";
import { HandleListener } from "../_transport/handle_listener.ts";
import {
  DRAIN_SLACK,
  type FromWorker,
  type ProcessStart,
  type SharedAddress,
  START_KEY,
  type SupervisorMode,
  type ThreadStart,
  type ToWorker,
  type WorkerMessage,
  type WorkerStart,
} from "./messages.ts";
import { prefixConsole, prefixOf } from "./prefix_output.ts";
import { listenBalanced } from "./shared_sockets.ts";

/**
 * This program as a worker of a {@linkcode Supervisor}: what {@linkcode currentWorker} returns.
 *
 * A server that listens on a port of the supervisor's accepts from the shared socket. The first server that listens
 * makes the worker ready; when the supervisor ends the worker, all its servers drain.
 */
export interface SupervisedWorker {
  /** The number of the task, from 0. A worker that replaces another one has the same. */
  readonly taskId: number;
  /** Tells whether the worker is a process or an isolate. */
  readonly mode: SupervisorMode;
  /** The ports of the supervisor's that all workers share. */
  readonly ports: readonly number[];
  /**
   * Numbers that the supervisor adds up over its workers. Of a worker that has ended, it keeps those whose name ends in
   * `_total`.
   */
  readonly metrics: Map<string, number>;
  /** Receives the messages that the supervisor sends. Those that came before are delivered when it is set. */
  onMessage: ((message: WorkerMessage) => void) | null;
  /** Called when the worker is told to end, beside the drain of its servers; its promise is waited for. */
  onDrain: ((seconds: number) => void | Promise<void>) | null;
  /** Sends a message to the supervisor's `onMessage`. Nothing is lost, and nothing bounds the queue. */
  send(message: WorkerMessage): void;
  /** Tells the supervisor that the worker is at work, for a program that has no server. */
  ready(): void;
}

/** A server of a worker. */
export interface WorkerServer {
  /** Finishes what was accepted; `last` tells whether no worker accepts from the shared sockets afterwards. */
  drain(seconds: number, last: boolean): Promise<unknown>;
  /** The server's part of the metrics. */
  metrics(): Readonly<Record<string, number>>;
  /** Ends at most `count` kept connections, each after its next response; returns how many. */
  retire(count: number): number;
}

/** Writes numbers of the worker, each with its name. */
export type MetricsSource = (write: (name: string, value: number) => void) => void;

/** Seconds that a worker has left when its supervisor has died. */
const ORPHAN_SECONDS = 1;
/** The exit status of a process that ends at SIGTERM, in the convention of the shell. */
const SIGTERM_STATUS = 143;

/** The worker's end of its connection to the supervisor. */
export class WorkerLink implements SupervisedWorker {
  readonly taskId: number;
  readonly mode: SupervisorMode;
  readonly ports: readonly number[];
  readonly metrics: Map<string, number> = new Map();
  onDrain: ((seconds: number) => void | Promise<void>) | null = null;
  readonly #start: WorkerStart;
  readonly #listeners: Map<SharedAddress, () => (NetListener | HandleListener)[]> = new Map();
  readonly #send: (message: FromWorker) => void;
  readonly #servers: Set<WorkerServer> = new Set();
  readonly #sources: Set<MetricsSource> = new Set();
  #onMessage: ((message: WorkerMessage) => void) | null = null;
  #early: WorkerMessage[] = [];
  #ready = false;
  #draining = false;
  #due = 0;

  private constructor(
    start: WorkerStart,
    send: (message: FromWorker) => void,
    open: (index: number, backlog: number) => HandleListener,
  ) {
    this.#start = start;
    this.taskId = start.taskId;
    this.mode = start.mode;
    this.ports = start.shared.flatMap(({ ports }) => ports);
    this.#send = send;
    let index = 0;
    for (const shared of start.shared) {
      const first = index;
      index += shared.count;
      this.#listeners.set(
        shared,
        () => Array.from({ length: shared.count }, (_, i) => open(first + i, shared.backlog)),
      );
    }
    this.#beat();
    const timer = setInterval(() => this.#beat(), start.heartbeatInterval * 1000);
    Deno.unrefTimer(timer);
  }

  /** Finds the supervisor of this program, or returns `null` if it has none. */
  static find(): WorkerLink | null {
    const child: unknown = Reflect.get(globalThis, START_KEY);
    return isProcessStart(child) ? WorkerLink.#ofProcess(child) : WorkerLink.#ofThread();
  }

  static #ofProcess(child: ProcessStart): WorkerLink {
    const send = (message: FromWorker): void => child.send(message);
    const link = new WorkerLink(child.start, send, (index, backlog) => adopt(child.handles[index], backlog));
    for (const message of child.early.splice(0)) link.#receive(message);
    child.onMessage = (message) => link.#receive(message);
    child.onOrphaned = () => void link.#drain(ORPHAN_SECONDS, true, 1);
    // A terminal sends its signals to the whole group of processes, and the supervisor decides what they mean.
    for (const signal of ["SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
    Deno.addSignalListener("SIGTERM", () => void link.#drain(child.start.drainSeconds, true, SIGTERM_STATUS));
    return link;
  }

  static #ofThread(): WorkerLink | null {
    // Only an isolate can post a message to whoever started it.
    if (!("postMessage" in globalThis)) return null;
    const threads = process.getBuiltinModule("node:worker_threads");
    const data: unknown = threads.workerData;
    const port: MessagePort | null = threads.parentPort;
    if (port === null || !isThreadStart(data)) return null;
    const start = data[START_KEY];
    if (start.prefixOutput) prefixConsole(prefixOf(start.taskId));
    const link = new WorkerLink(
      start,
      (message) => port.postMessage(message),
      (index, backlog) => open(data.descriptors[index], backlog),
    );
    port.on("message", (message: ToWorker) => link.#receive(message));
    return link;
  }

  get onMessage(): ((message: WorkerMessage) => void) | null {
    return this.#onMessage;
  }

  set onMessage(callback: ((message: WorkerMessage) => void) | null) {
    this.#onMessage = callback;
    if (callback !== null) { for (const message of this.#early.splice(0)) this.#deliver(callback, message); }
  }

  send(message: WorkerMessage): void {
    this.#send({ type: "message", message });
  }

  ready(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#send({ type: "ready" });
  }

  /**
   * Listens on the sockets that the supervisor has for a port, or returns `null` if it has none. Each call takes the
   * sockets of one `bind` of the supervisor's; port 0 takes the next ones.
   */
  listen(port: number, options: BindSocketsOptions): (NetListener | HandleListener)[] | null {
    for (const [shared, open] of this.#listeners) {
      if (port !== 0 && port !== shared.requested && !shared.ports.includes(port)) continue;
      this.#listeners.delete(shared);
      return shared.method === "handle" ? open() : bindAlike(shared, options);
    }
    return null;
  }

  /** Adds a server, which drains when the worker ends, and tells the supervisor that the worker is ready. */
  serve(server: WorkerServer): void {
    this.#servers.add(server);
    // The program may have more to set up in this turn.
    setTimeout(() => this.ready());
  }

  /**
   * Asks for numbers whenever they go to the supervisor, at last when the servers have drained; the function that it
   * returns ends that.
   */
  report(source: MetricsSource): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  #receive(message: ToWorker): void {
    if (message.type === "drain") void this.#drain(message.seconds, message.last, 0);
    else if (message.type === "retire") this.#retire(message.count);
    else if (this.#onMessage === null) this.#early.push(message.message);
    else this.#deliver(this.#onMessage, message.message);
  }

  #retire(count: number): void {
    let left = count;
    for (const server of this.#servers) left -= server.retire(left);
  }

  #deliver(callback: (message: WorkerMessage) => void, message: WorkerMessage): void {
    runCallback(() => callback(message), "onMessage");
  }

  async #drain(seconds: number, last: boolean, status: number): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    // A supervisor that lives would kill the worker.
    setTimeout(() => Deno.exit(status), (seconds + DRAIN_SLACK) * 1000);
    const work = [...this.#servers].map((server) => server.drain(seconds, last));
    const results = await Promise.allSettled([...work, (async () => await this.onDrain?.(seconds))()]);
    for (const result of results) if (result.status === "rejected") logError("Exception in drain", result.reason);
    this.#beat();
    Deno.exit(status);
  }

  /** Gives a sign of life, with how late it comes. */
  #beat(): void {
    const now = performance.now();
    const lag = this.#due === 0 ? 0 : Math.max(0, now - this.#due) / 1000;
    this.#due = now + this.#start.heartbeatInterval * 1000;
    const { rss, heapTotal, external } = Deno.memoryUsage();
    const memory = this.mode === "processes" ? rss : heapTotal + external;
    const metrics: Record<string, number> = { workers: 1, lag_seconds: lag, memory_bytes: memory };
    const add = (name: string, value: number) => void (metrics[name] = (metrics[name] ?? 0) + value);
    for (const server of this.#servers) for (const [name, value] of Object.entries(server.metrics())) add(name, value);
    for (const [name, value] of this.metrics) add(name, value);
    // It may call code of the application.
    for (const source of this.#sources) runCallback(() => source(add), "metrics");
    this.#send({ type: "beat", metrics });
  }
}

let found: WorkerLink | null | undefined;

/** The connection of this program to its supervisor, or `null` if it has none. */
export function workerLink(): WorkerLink | null {
  return found === undefined ? found = WorkerLink.find() : found;
}

/** Binds by one of the methods that need no handle. */
function bindAlike(shared: SharedAddress, options: BindSocketsOptions): NetListener[] {
  const { address, family, backlog, requested } = shared;
  if (shared.method === "reusePort") {
    return bindSockets(shared.ports[0] ?? requested, { ...options, address, family, backlog, reusePort: true });
  }
  return bindAddresses(requested, { address, family, backlog }, listenBalanced, (listener) => listener.close());
}

function open(descriptor: number | undefined, backlog: number): HandleListener {
  const binding = handleBinding();
  if (binding === null || descriptor === undefined) throw new Error("Cannot open a shared socket: there is no handle");
  return HandleListener.open(descriptor, backlog, binding);
}

function adopt(handle: unknown, backlog: number): HandleListener {
  if (!isServerHandle(handle)) throw new Error("Cannot listen on a shared socket: the supervisor has sent no handle");
  const descriptor = handle.fdForIpc();
  handle.close();
  return open(descriptor, backlog);
}

function isProcessStart(value: unknown): value is ProcessStart {
  return typeof value === "object" && value !== null && "start" in value && "handles" in value;
}

function isThreadStart(value: unknown): value is ThreadStart {
  return typeof value === "object" && value !== null && START_KEY in value && "descriptors" in value;
}
