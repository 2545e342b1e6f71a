import type { HandleBinding, StreamHandle } from "./handle_binding.ts";

/** Descriptors that are kept back: for Deno, which ends the process when a new stack finds none, and for files. */
const KEPT = 3;

/**
 * Descriptors that stay free while a handle accepts connections. The handle itself takes every descriptor there is, and
 * stops without a word when there is none.
 */
export class DescriptorReserve {
  readonly #source: StreamHandle;
  readonly #binding: HandleBinding;
  readonly #kept: StreamHandle[] = [];

  /** Keeps nothing yet. It will keep duplicates of the descriptor of `source`, which need no permission. */
  constructor(source: StreamHandle, binding: HandleBinding) {
    this.#source = source;
    this.#binding = binding;
  }

  /**
   * Keeps descriptors back. If that would leave the process without another one, frees those that were kept and returns
   * `false`.
   */
  secure(): boolean {
    while (this.#kept.length < KEPT) {
      const one = this.#take();
      if (one === null) return this.release();
      this.#kept.push(one);
    }
    const another = this.#take();
    if (another === null) return this.release();
    another.close();
    return true;
  }

  /** Frees the descriptors, and returns `false`. */
  release(): false {
    for (const one of this.#kept.splice(0)) one.close();
    return false;
  }

  #take(): StreamHandle | null {
    const fd = this.#source.fdForIpc();
    if (fd < 0) return null;
    // A pipe that listens is not known to the poller before it does.
    const holder = new this.#binding.Pipe(this.#binding.serverType);
    return holder.open(fd) === 0 ? holder : null;
  }
}
