/** The kinds of workers: isolates of this process, or processes of their own. */
export type SupervisorMode = "threads" | "processes";

/** A value that passes between a supervisor and its workers unchanged: what JSON can hold. */
export type WorkerMessage =
  | null
  | boolean
  | number
  | string
  | readonly WorkerMessage[]
  | { readonly [name: string]: WorkerMessage };

/**
 * The ways of workers to a listening socket: by a handle, by asking Deno for the socket that the process has already,
 * or each with a socket of its own.
 */
export type SharingMethod = "handle" | "loadBalanced" | "reusePort";

/** The sockets of one call of `listen`, which all workers accept from. */
export interface SharedAddress {
  /** The port that the program asked for. */
  readonly requested: number;
  readonly method: SharingMethod;
  readonly backlog: number;
  readonly address: string | null;
  readonly family: "ipv4" | "ipv6" | null;
  /** The number of its handles. */
  readonly count: number;
  /** The ports of the sockets; a Unix socket has none. */
  readonly ports: readonly number[];
}

/** The facts that a worker learns before it runs. */
export interface WorkerStart {
  readonly taskId: number;
  readonly mode: SupervisorMode;
  readonly shared: readonly SharedAddress[];
  /** Tells whether to put the number of the task before each line of output. */
  readonly prefixOutput: boolean;
  /** Seconds between two signs of life. */
  readonly heartbeatInterval: number;
  /** Seconds that a worker has to finish when it is told to end. */
  readonly drainSeconds: number;
}

/** From a supervisor to a worker. */
export type ToWorker =
  | { readonly type: "drain"; readonly seconds: number; /** Tells whether others accept on. */ readonly last: boolean }
  | { readonly type: "retire"; /** Number of connections to end in order. */ readonly count: number }
  | { readonly type: "message"; readonly message: WorkerMessage };

/** From a worker to its supervisor. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "beat"; readonly metrics: Readonly<Record<string, number>> }
  | { readonly type: "message"; readonly message: WorkerMessage };

/** Seconds beyond its deadline after which a worker that drains is ended. */
export const DRAIN_SLACK = 1;

/** The name under which the start of a worker lies in its global scope. */
export const START_KEY = "twister.worker";

/** The object that a child process finds in its global scope under {@linkcode START_KEY}. */
export interface ProcessStart {
  readonly start: WorkerStart;
  /** The sockets, in the order of the addresses. */
  readonly handles: readonly unknown[];
  /** The messages that came before there was an `onMessage`. */
  readonly early: ToWorker[];
  send(message: FromWorker): void;
  onMessage: ((message: ToWorker) => void) | null;
  /** Called when the parent is gone. */
  onOrphaned: (() => void) | null;
}

/** The `workerData` of a thread: the start, and the descriptors in the order of the addresses. */
export interface ThreadStart {
  readonly [START_KEY]: WorkerStart;
  readonly descriptors: readonly number[];
}

/** Tells whether a number only grows, by its name, which may have the labels of Prometheus. */
export function isCount(name: string): boolean {
  return /_(?:total|bucket|sum|count)(?:\{.*)?$/.test(name);
}
