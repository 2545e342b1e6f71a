/**
 * The events of a running program, for what watches over it: logs, traces, metrics and limits.
 *
 * The code that reports events knows none of its listeners. While there is no listener of a kind, its member of
 * {@linkcode events} is `null`, and reporting costs one comparison. Listeners must not throw.
 */

/** The reason for which a request or a connection ended before its time. */
export type EndReason =
  /** The client has left. */
  | "client"
  /** The client was too slow, or the request took too long. */
  | "timeout"
  /** The application or the server has broken the response off. */
  | "server";

/** One trace, as other listeners name it. */
export interface TraceIds {
  /** The trace, 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span within it, 16 hexadecimal digits. */
  readonly spanId: string;
}

/** The facts about one request to the server. */
export interface RequestRecord {
  /** The method, as sent. */
  readonly method: string;
  /** The request target, as sent. */
  readonly target: string;
  /** `"http"` or `"https"`, which a trusted proxy may have named. */
  readonly scheme: string;
  /** Tells whether `Deno.serve`, or another host of the Fetch standard, carries the request. */
  readonly byDeno: boolean;
  /** The address of the client, which a trusted proxy may have named. */
  readonly client: string;
  /** When the head had arrived, in milliseconds as `performance.now` counts them. */
  readonly start: number;
  /** The pattern of the rule that took the request, such as `/story/{id}`; `null` if none did. */
  route: string | null;
  /** The status of the response; 0 before its head. */
  readonly status: number;
  /** The bytes of the request's body that have come. */
  readonly received: number;
  /** The bytes of the response's body that were written. */
  readonly sent: number;
  /** Tells whether the connection has left HTTP, as for a WebSocket. */
  readonly upgraded: boolean;
  /** The reason for which it ended before its time, or `null`. */
  readonly reason: EndReason | null;
  /** The trace that it belongs to, or `null`. */
  trace: TraceIds | null;
  /** Returns a field of the head, or `null`. */
  header(name: string): string | null;
}

/** The head of a request, before anything is made for it. */
export interface RequestHead {
  /** The method, as sent. */
  readonly method: string;
  /** The request target, as sent. */
  readonly target: string;
  /** Looks for a field, which takes longer than the rest, and returns it or `null`. */
  field(name: string): string | null;
}

/** An answer in place of the application's, which ends the connection. A gate makes few, and uses them again. */
export interface Refusal {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** The name that metrics use: one of few words. */
  readonly kind: string;
}

/** Lets requests in, before the other listeners hear of them: a refusal must cost next to nothing. */
export interface Gate {
  /**
   * Tells whether many are refused at this moment. New connections should then be taken together, every few
   * milliseconds: a turn of the event loop for each costs more than the refusal.
   */
  isPressed(): boolean;
  /** Refuses a request, or returns `null`. */
  refuse(head: RequestHead): Refusal | null;
}

/** Hears of the requests to the servers of this process. */
export interface RequestListener {
  /** The head of a request has arrived. */
  started(request: RequestRecord): void;
  /** Calls what belongs to the request, such as its handler, in a context of its own. */
  enter?<T>(request: RequestRecord, call: () => T): T;
  /** The head of the response is known. */
  headed?(request: RequestRecord): void;
  /** The last byte was handed over, or the exchange was broken off; `reason` tells. */
  ended(request: RequestRecord): void;
}

/** Hears of connections. */
export interface ConnectionListener {
  opened?(): void;
  closed?(): void;
  /** A time-out has ended a wait: for a `"head"`, a `"body"`, or the client to take what was `"written"`. */
  timedOut?(what: string): void;
  /** A connection or request was refused before it had a record: why, in one of few words. */
  refused?(kind: string): void;
  /** A server begins to drain: it is going to end. */
  draining?(): void;
}

/** Hears of WebSockets. */
export interface SocketListener {
  opened?(): void;
  /** A message has come. */
  received?(bytes: number): void;
  /** A message was sent, or is on its way. */
  sent?(bytes: number): void;
  /** A message was left out, because too much waits for its client. */
  dropped?(): void;
  closed?(): void;
}

/** Hears of topics. */
export interface TopicListener {
  /** A message was published in this process. */
  published?(): void;
  /** So many subscribers took a message; `age` is its seconds if another process has published it, otherwise `null`. */
  delivered?(count: number, age: number | null): void;
  /** A subscriber did not take a message. */
  dropped?(): void;
  /** A subscriber came back; `complete` tells whether it got all that it had missed. */
  recovered?(complete: boolean): void;
  subscribed?(): void;
  unsubscribed?(count: number): void;
}

/** The facts about one request of our HTTP client. */
export interface OutgoingRecord {
  readonly method: string;
  readonly url: URL;
  /** Adds a field to the request's head. */
  setHeader(name: string, value: string): void;
}

/** Takes the end of one request of the client. */
export interface OutgoingTrace {
  answered(status: number): void;
  failed(error: Error): void;
}

/** Hears of the requests of our HTTP client. */
export interface OutgoingListener {
  /** A request is about to be sent, or sent again. */
  sending(request: OutgoingRecord): OutgoingTrace | null;
}

/** The kinds of events that a listener hears of. */
export interface Listeners {
  readonly gate?: Gate;
  readonly requests?: RequestListener;
  readonly connections?: ConnectionListener;
  readonly sockets?: SocketListener;
  readonly topics?: TopicListener;
  readonly outgoing?: OutgoingListener;
}

/** Where events are reported; a member is `null` while no listener wants its kind. */
export interface Events {
  gates: readonly Gate[] | null;
  requests: readonly RequestListener[] | null;
  connections: Required<ConnectionListener> | null;
  sockets: Required<SocketListener> | null;
  topics: Required<TopicListener> | null;
  outgoing: readonly OutgoingListener[] | null;
}

/** The events of this process. */
export const events: Events = {
  gates: null,
  requests: null,
  connections: null,
  sockets: null,
  topics: null,
  outgoing: null,
};

/** The sizes of a pool of connections, such as that of the HTTP client. */
export interface PoolSizes {
  /** Requests that have a connection, or make one. */
  readonly active: number;
  /** Requests that wait for one. */
  readonly waiting: number;
  /** Connections that wait for a request. */
  readonly idle: number;
}

/** Pools that nobody has to take leave of: who makes many clients forgets some. */
const pools = new Set<WeakRef<PoolSizes>>();
/** The number of pools at which those are looked for that are gone. */
let manyPools = 64;

/** Adds a pool to the sums of {@linkcode poolSizes}, for as long as it lives. */
export function addPool(pool: PoolSizes): void {
  pools.add(new WeakRef(pool));
  if (pools.size < manyPools) return;
  livingPools();
  manyPools = Math.max(manyPools, 2 * pools.size);
}

/** Returns the sums over all pools of this process. */
export function poolSizes(): PoolSizes {
  const sums = { active: 0, waiting: 0, idle: 0 };
  for (const { active, waiting, idle } of livingPools()) {
    sums.active += active;
    sums.waiting += waiting;
    sums.idle += idle;
  }
  return sums;
}

function livingPools(): PoolSizes[] {
  const living: PoolSizes[] = [];
  for (const reference of pools) {
    const pool = reference.deref();
    if (pool === undefined) pools.delete(reference);
    else living.push(pool);
  }
  return living;
}

let all: readonly Listeners[] = [];

/** Adds a listener; the function that it returns removes it. Requests under way keep the listeners they began with. */
export function listen(listeners: Listeners): () => void {
  all = [...all, listeners];
  arrange();
  return () => {
    all = all.filter((one) => one !== listeners);
    arrange();
  };
}

/** Tells whether a gate refuses many at this moment. */
export function isPressed(): boolean {
  return events.gates !== null && events.gates.some((gate) => gate.isPressed());
}

/** Asks the gates, and reports a refusal. */
export function refusalOf(gates: readonly Gate[], head: RequestHead): Refusal | null {
  for (let i = 0; i < gates.length; i++) {
    const refusal = gates[i]?.refuse(head) ?? null;
    if (refusal === null) continue;
    events.connections?.refused(refusal.kind);
    return refusal;
  }
  return null;
}

function arrange(): void {
  events.gates = some(all.map((one) => one.gate));
  events.requests = some(all.map((one) => one.requests));
  events.outgoing = some(all.map((one) => one.outgoing));
  const connections = some(all.map((one) => one.connections));
  events.connections = connections === null ? null : new Connections(connections);
  const sockets = some(all.map((one) => one.sockets));
  events.sockets = sockets === null ? null : new Sockets(sockets);
  const topics = some(all.map((one) => one.topics));
  events.topics = topics === null ? null : new TopicEvents(topics);
}

function some<T>(list: readonly (T | undefined)[]): readonly T[] | null {
  const found = list.filter((one) => one !== undefined);
  return found.length === 0 ? null : found;
}

class Connections implements Required<ConnectionListener> {
  readonly #all: readonly ConnectionListener[];

  constructor(all: readonly ConnectionListener[]) {
    this.#all = all;
  }

  opened(): void {
    for (const one of this.#all) one.opened?.();
  }

  closed(): void {
    for (const one of this.#all) one.closed?.();
  }

  timedOut(what: string): void {
    for (const one of this.#all) one.timedOut?.(what);
  }

  refused(kind: string): void {
    for (const one of this.#all) one.refused?.(kind);
  }

  draining(): void {
    for (const one of this.#all) one.draining?.();
  }
}

class Sockets implements Required<SocketListener> {
  readonly #all: readonly SocketListener[];

  constructor(all: readonly SocketListener[]) {
    this.#all = all;
  }

  opened(): void {
    for (const one of this.#all) one.opened?.();
  }

  received(bytes: number): void {
    for (const one of this.#all) one.received?.(bytes);
  }

  sent(bytes: number): void {
    for (const one of this.#all) one.sent?.(bytes);
  }

  dropped(): void {
    for (const one of this.#all) one.dropped?.();
  }

  closed(): void {
    for (const one of this.#all) one.closed?.();
  }
}

class TopicEvents implements Required<TopicListener> {
  readonly #all: readonly TopicListener[];

  constructor(all: readonly TopicListener[]) {
    this.#all = all;
  }

  published(): void {
    for (const one of this.#all) one.published?.();
  }

  delivered(count: number, age: number | null): void {
    for (const one of this.#all) one.delivered?.(count, age);
  }

  dropped(): void {
    for (const one of this.#all) one.dropped?.();
  }

  recovered(complete: boolean): void {
    for (const one of this.#all) one.recovered?.(complete);
  }

  subscribed(): void {
    for (const one of this.#all) one.subscribed?.();
  }

  unsubscribed(count: number): void {
    for (const one of this.#all) one.unsubscribed?.(count);
  }
}
