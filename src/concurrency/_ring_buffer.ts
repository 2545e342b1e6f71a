/** Slots of an empty buffer: a power of two, as every capacity, so that a mask finds a slot. */
const MIN_CAPACITY = 16;

/** A first-in, first-out sequence. Each operation takes constant time, and a long sequence gives its memory back. */
export class RingBuffer<T> {
  #slots: T[] = new Array<T>(MIN_CAPACITY);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#slots.length) this.#resize(this.#size * 2);
    this.#slots[(this.#head + this.#size++) & (this.#slots.length - 1)] = item;
  }

  /** The buffer must not be empty. */
  shift(): T {
    const head = this.#head;
    const item = this.#slots[head];
    // Lets go of the item. A free slot is written before it is read again.
    this.#slots[head] = undefined as T;
    this.#head = (head + 1) & (this.#slots.length - 1);
    const size = --this.#size;
    if (size < this.#slots.length >> 2 && this.#slots.length > MIN_CAPACITY) this.#resize(this.#slots.length >> 1);
    return item;
  }

  filter(keep: (item: T) => boolean): void {
    const kept = new RingBuffer<T>();
    while (this.#size > 0) {
      const item = this.shift();
      if (keep(item)) kept.push(item);
    }
    this.#slots = kept.#slots;
    this.#head = kept.#head;
    this.#size = kept.#size;
  }

  #resize(capacity: number): void {
    const slots = new Array<T>(capacity);
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.#size; i++) slots[i] = this.#slots[(this.#head + i) & mask];
    this.#slots = slots;
    this.#head = 0;
  }
}
