// Keeps this process busy, so that there is something to see.
import { PeriodicCallback } from "../../mod.ts";

/** What a viewer may ask for. */
export interface Load {
  /** Percent of the time in which the process works for nothing. */
  readonly work: number;
  /** Megabytes that are held for nothing. */
  readonly memory: number;
}

export const NO_LOAD: Load = { work: 0, memory: 0 };
/** The rest is for the viewers: at 100 the server would answer nobody. */
export const MAX_WORK = 80;
export const MAX_MEMORY = 128;

/** Work comes in pieces: the longer they are, the longer everything else waits for the event loop. */
const SLICE_MILLISECONDS = 50;
const MEGABYTE = 1e6;

/** The load with what is out of its bounds brought back to them. */
export function boundedLoad({ work, memory }: Load): Load {
  const bounded = (value: number, most: number) => Math.min(most, Math.max(0, Math.round(value)));
  return { work: bounded(work, MAX_WORK), memory: bounded(memory, MAX_MEMORY) };
}

/** Makes a load that lies within the bounds. */
export class LoadMaker {
  readonly #slices: PeriodicCallback = new PeriodicCallback(() => this.#workOnce(), SLICE_MILLISECONDS);
  readonly #held: Uint8Array[] = [];
  #share = 0;

  /** Makes this load in place of the one before. */
  make({ work, memory }: Load): void {
    this.#hold(memory);
    this.#share = work / 100;
    if (work === 0) this.#slices.stop();
    else if (!this.#slices.isRunning()) this.#slices.start();
  }

  #hold(megabytes: number): void {
    this.#held.length = Math.min(this.#held.length, megabytes);
    // Filled, because the system gives no memory to pages that nobody has written to.
    while (this.#held.length < megabytes) this.#held.push(new Uint8Array(MEGABYTE).fill(1));
  }

  #workOnce(): void {
    const end = performance.now() + this.#share * SLICE_MILLISECONDS;
    while (performance.now() < end);
  }
}
