/** Slots that a key may lie in: with as many, a table that is half full has hardly a key without a place. */
const WAYS = 8;
/** Slots for each key that the table should hold, so that few are pushed out before it is full. */
const SPARE = 1.5;

/**
 * A state for each key, in memory of a fixed size: 12 bytes a slot, whatever the length of the keys. When there is no
 * room for a key, the one that has recovered the most is forgotten.
 *
 * A key is known by 32 bits of its hash within 8 slots: one lookup in 500 million takes one key for another. The hash
 * has a random seed, so that no client can choose keys that meet.
 */
export class KeyTable {
  readonly #marks: Uint32Array;
  readonly #states: Float64Array;
  readonly #mask: number;
  readonly #seed: number;
  #mark = 0;

  /** Makes room for about so many keys. Memory that was never used costs nothing. */
  constructor(keys: number) {
    const slots = Math.max(WAYS, 2 ** Math.ceil(Math.log2(keys * SPARE)));
    this.#marks = new Uint32Array(slots);
    this.#states = new Float64Array(slots);
    this.#mask = slots / WAYS - 1;
    this.#seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  }

  /** The bytes of the table. */
  get byteLength(): number {
    return this.#marks.byteLength + this.#states.byteLength;
  }

  /**
   * Finds the slot of a key, or that of the key which must make room for it.
   *
   * @returns The slot, for {@linkcode KeyTable.state}; `~slot` if the key is not in the table.
   */
  find(key: string): number {
    const first = this.#hash(key);
    const mark = this.#mark;
    const marks = this.#marks;
    for (let slot = first; slot < first + WAYS; slot++) if (marks[slot] === mark) return slot;
    return ~this.#oldest(first);
  }

  #oldest(first: number): number {
    const states = this.#states;
    let oldest = first;
    for (let slot = first + 1; slot < first + WAYS; slot++) {
      if ((states[slot] ?? 0) < (states[oldest] ?? 0)) oldest = slot;
    }
    return oldest;
  }

  /** The state in a slot. */
  state(slot: number): number {
    return this.#states[slot] ?? 0;
  }

  /** Writes a state for the key that {@linkcode KeyTable.find} was called with last. */
  set(slot: number, state: number): void {
    this.#marks[slot] = this.#mark;
    this.#states[slot] = state;
  }

  /** Returns the first slot for a key, and keeps its mark. */
  #hash(key: string): number {
    let a = this.#seed ^ 0x9e3779b9;
    let b = this.#seed ^ 0x85ebca6b;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      a = Math.imul(a ^ code, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ code, 0x5f356495);
      b ^= b >>> 13;
    }
    a = Math.imul(a ^ (b >>> 16), 0x85ebca77);
    a ^= a >>> 13;
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae3d);
    b ^= b >>> 16;
    // 0 marks a slot that was never used.
    this.#mark = (b >>> 0) || 1;
    return ((a >>> 0) & this.#mask) * WAYS;
  }
}
