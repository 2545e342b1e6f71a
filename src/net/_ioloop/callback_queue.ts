import { runCallback } from "./run_callback.ts";

interface Callback {
  readonly run: () => unknown;
  readonly name: string;
}

/** Callbacks for the next turn of the event loop, which one wake-up of the loop serves together. */
export class CallbackQueue {
  #callbacks: Callback[] = [];

  /** Adds a callback to the next turn. */
  add(run: () => unknown, name: string): void {
    // setImmediate and not setTimeout, which would wait a millisecond; not a microtask, which would keep input out.
    if (this.#callbacks.push({ run, name }) === 1) setImmediate(() => this.#drain());
  }

  #drain(): void {
    const callbacks = this.#callbacks;
    // What these add belongs to the turn after this one.
    this.#callbacks = [];
    for (const { run, name } of callbacks) runCallback(run, name);
  }
}
