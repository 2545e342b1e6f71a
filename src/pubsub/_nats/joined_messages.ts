import type { Bytes } from "../../internal/bytes.ts";

// A message of NATS: a byte that tells what follows. Either one message of ours, or several, each after its length (4,
// big endian).
const ONE = 0;
const SEVERAL = 1;
const LENGTH_BYTES = 4;

/** Makes one message of NATS of some of ours, which cost the client of NATS as much as one of them. */
export function joinMessages(messages: readonly Bytes[]): Bytes {
  const [first] = messages;
  if (messages.length === 1 && first !== undefined) {
    const joined = new Uint8Array(1 + first.length);
    joined[0] = ONE;
    joined.set(first, 1);
    return joined;
  }
  const joined = new Uint8Array(messages.reduce((size, { length }) => size + LENGTH_BYTES + length, 1));
  const view = new DataView(joined.buffer);
  joined[0] = SEVERAL;
  let at = 1;
  for (const message of messages) {
    view.setUint32(at, message.length);
    joined.set(message, at + LENGTH_BYTES);
    at += LENGTH_BYTES + message.length;
  }
  return joined;
}

/** Returns the bytes that a message takes of those that are joined. */
export function joinedLength(message: Bytes): number {
  return LENGTH_BYTES + message.length;
}

/**
 * Yields our messages in one of NATS. The rest of one that is damaged comes unchanged, to be refused like any bytes
 * that are not an envelope.
 */
export function* splitMessages(joined: Uint8Array): Generator<Uint8Array, void> {
  if (joined[0] !== SEVERAL) {
    yield joined[0] === ONE ? joined.subarray(1) : joined;
    return;
  }
  const view = new DataView(joined.buffer, joined.byteOffset, joined.length);
  for (let at = 1; at < joined.length;) {
    const start = at + LENGTH_BYTES;
    const end = start <= joined.length ? start + view.getUint32(at) : Infinity;
    if (end > joined.length) {
      yield joined.subarray(at);
      return;
    }
    yield joined.subarray(start, end);
    at = end;
  }
}
