/**
 * Finds a byte string in others: Horspool's skips as long as they pay, and Knuth-Morris-Pratt from where they do not.
 *
 * Horspool alone takes the product of both lengths for text that was made to hurt it; a boundary is chosen by the peer.
 */
export class ByteSearcher {
  readonly #needle: Uint8Array;
  // How far the needle may move when its last byte stands on a given byte.
  readonly #shift: Int32Array;
  // Length of the longest prefix that ends at each position; made when it is needed.
  #failure: Int32Array | null = null;

  /** Prepares the search for a needle of at least one byte. */
  constructor(needle: Uint8Array) {
    this.#needle = needle;
    this.#shift = new Int32Array(256).fill(needle.length);
    for (let i = 0; i < needle.length - 1; i++) this.#shift[needle[i] ?? 0] = needle.length - 1 - i;
  }

  /** Calls `found` with each position where the needle starts, overlaps included, in order; linear in `data`. */
  forEach(data: Uint8Array, found: (position: number) => void): void {
    const needle = this.#needle;
    const shift = this.#shift;
    const last = needle.length - 1;
    let end = last;
    // Comparisons that did not buy a move. Twice the length is more than any text not made for it ever needs.
    let budget = data.length * 2 + needle.length;
    while (end < data.length) {
      let i = last;
      while (i >= 0 && data[end - last + i] === needle[i]) i--;
      if (i < 0) found(end - last);
      budget -= last - i;
      const move = i < 0 ? 1 : shift[data[end] ?? 0] ?? 1;
      end += move;
      if (budget < 0) return this.#scan(data, end - last, found);
    }
  }

  #scan(data: Uint8Array, start: number, found: (position: number) => void): void {
    const needle = this.#needle;
    const failure = this.#failure ??= failureTable(needle);
    let matched = 0;
    for (let i = start; i < data.length; i++) {
      const byte = data[i];
      while (matched > 0 && byte !== needle[matched]) matched = failure[matched - 1] ?? 0;
      if (byte === needle[matched]) matched++;
      if (matched === needle.length) {
        found(i - matched + 1);
        matched = failure[matched - 1] ?? 0;
      }
    }
  }
}

function failureTable(needle: Uint8Array): Int32Array {
  const failure = new Int32Array(needle.length);
  let matched = 0;
  for (let i = 1; i < needle.length; i++) {
    while (matched > 0 && needle[i] !== needle[matched]) matched = failure[matched - 1] ?? 0;
    if (needle[i] === needle[matched]) matched++;
    failure[i] = matched;
  }
  return failure;
}
