// What the dashboard shows: figures of this process, measured second by second, and a history of them. No HTTP in it.
import process from "node:process";

/** The figures of one period, and of its end. */
export interface Figures {
  /** When they were read, in milliseconds since 1970. */
  readonly time: number;
  /** WebSockets that are open. */
  readonly connections: number;
  /** Messages from all clients, a second. */
  readonly received: number;
  /** Messages to all clients, a second. */
  readonly sent: number;
  /** Megabytes that the process occupies. */
  readonly resident: number;
  /** Megabytes of JavaScript objects. */
  readonly heap: number;
  /** Megabytes that JavaScript objects keep outside of the heap: buffers. */
  readonly external: number;
  /** The longest that anything had to wait for the event loop, in milliseconds. */
  readonly delay: number;
  /** Processor time, in percent of one processor. */
  readonly cpu: number;
}

/** Where the figures come from; a test has others. */
export interface Gauges {
  /** Milliseconds since 1970. */
  time(): number;
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** Milliseconds of processor time that the process has used. */
  cpu(): number;
  memory(): Deno.MemoryUsage;
}

/** The gauges of this process. None of them needs a permission. */
export const processGauges: Gauges = {
  time: () => Date.now(),
  monotonic: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  memory: () => Deno.memoryUsage(),
};

/** Three minutes, for those who come late: what a chart has room for. */
export const MAX_HISTORY = 180;

const MEGABYTE = 1e6;

/** Counts what happens between two readings. */
export class Meter {
  readonly #gauges: Gauges;
  #received = 0;
  #sent = 0;
  #delay = 0;
  #began = 0;
  #cpuBefore = 0;

  constructor(gauges: Gauges) {
    this.#gauges = gauges;
    this.restart();
  }

  /** Begins a period. */
  restart(): void {
    this.#received = this.#sent = this.#delay = 0;
    this.#began = this.#gauges.monotonic();
    this.#cpuBefore = this.#gauges.cpu();
  }

  addReceived(): void {
    this.#received++;
  }

  addSent(count: number): void {
    this.#sent += count;
  }

  /** The event loop was late by so many milliseconds. */
  addDelay(milliseconds: number): void {
    this.#delay = Math.max(this.#delay, milliseconds);
  }

  /** The figures of the period, and begins the next one. */
  read(connections: number): Figures {
    const { rss, heapUsed, external } = this.#gauges.memory();
    // A timer that comes late makes a longer period, and a rate is to be one all the same.
    const milliseconds = Math.max(1, this.#gauges.monotonic() - this.#began);
    const figures: Figures = {
      time: this.#gauges.time(),
      connections,
      received: Math.round(this.#received * 1000 / milliseconds),
      sent: Math.round(this.#sent * 1000 / milliseconds),
      resident: round(rss / MEGABYTE),
      heap: round(heapUsed / MEGABYTE),
      external: round(external / MEGABYTE),
      delay: round(this.#delay),
      cpu: round((this.#gauges.cpu() - this.#cpuBefore) * 100 / milliseconds),
    };
    this.restart();
    return figures;
  }
}

/** The last figures, the oldest first. */
export class History {
  readonly #figures: Figures[] = [];

  get all(): readonly Figures[] {
    return this.#figures;
  }

  add(figures: Figures): void {
    this.#figures.push(figures);
    if (this.#figures.length > MAX_HISTORY) this.#figures.shift();
  }
}

/** To one decimal place: more only makes messages longer. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
