/** Below this a loop over the bytes is faster than the view that a loop over words needs. */
const BY_BYTE = 48;

/**
 * The key twice, for a word of eight bytes: written as bytes and read as a word, it has the byte order of the machine.
 */
const keyBytes = new Uint8Array(8);
const keyWord = new BigUint64Array(keyBytes.buffer);

/**
 * Masks or unmasks bytes in place (RFC 6455, section 5.3).
 *
 * @param key The four octets of the key as one number, the first octet lowest.
 * @param phase How many bytes of the payload came before `start`; only its two lowest bits matter.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void {
  let k = rotate(key, phase);
  if (end - start < BY_BYTE) {
    for (let i = start; i < end; i++) {
      bytes[i] ^= k;
      k = (k >>> 8) | (k << 24);
    }
    return;
  }
  const misaligned = (bytes.byteOffset + start) & 7;
  const head = misaligned === 0 ? start : start + 8 - misaligned;
  for (let i = start; i < head; i++) {
    bytes[i] ^= k;
    k = (k >>> 8) | (k << 24);
  }
  for (let i = 0; i < 8; i++) keyBytes[i] = k >>> ((i & 3) << 3);
  const word = keyWord[0];
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset + head, (end - head) >>> 3);
  // `asUintN` tells the compiler that this is arithmetic of 64 bits, which then needs no big integers.
  for (let i = 0; i < words.length; i++) words[i] = BigInt.asUintN(64, words[i] ^ word);
  for (let i = head + words.length * 8; i < end; i++) {
    bytes[i] ^= k;
    k = (k >>> 8) | (k << 24);
  }
}

/** The key as it stands after `phase` bytes. */
export function rotate(key: number, phase: number): number {
  const bits = (phase & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** Keys made at once: one call into the generator for 1024 frames instead of one for each. */
const POOL = 1024;
let keys: Int32Array<ArrayBuffer> | null = null;
let used = 0;

/** A key that the peer cannot foresee (section 10.3). */
export function newMaskKey(): number {
  if (keys === null || used === POOL) {
    keys = crypto.getRandomValues(keys ?? new Int32Array(POOL));
    used = 0;
  }
  return keys[used++];
}
