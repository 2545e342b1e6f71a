import { isUtf8 } from "node:buffer";
import type { Bytes } from "../../internal/bytes.ts";
import { BINARY, TEXT } from "../_frame/opcodes.ts";

/** 122 random bits or more make two processes with the same origin a matter of theory. */
const ORIGIN_BYTES = 16;
const HEAD = 1 + ORIGIN_BYTES;

/** A message that has come from a broker. */
export interface Opened {
  /** The bytes, of a text as UTF-8. */
  readonly payload: Bytes;
  /** Whether they are no text. */
  readonly binary: boolean;
}

/** A name for one set of topics among all that share a broker. */
export function newOrigin(): Bytes {
  return crypto.getRandomValues(new Uint8Array(ORIGIN_BYTES));
}

/** What a broker carries: an octet for the kind (1 text, 2 bytes), 16 octets that say where it comes from, and the payload. */
export function sealEnvelope(origin: Bytes, opcode: number, payload: Uint8Array): Bytes {
  const data = new Uint8Array(HEAD + payload.length);
  data[0] = opcode;
  data.set(origin, 1);
  data.set(payload, HEAD);
  return data;
}

/**
 * Reads what a broker has brought.
 *
 * @returns The message, or `null` if it has come back to where it was published.
 * @throws {RangeError} If it is damaged: a text that is not UTF-8 would make every subscriber end its connection.
 */
export function openEnvelope(origin: Bytes, data: Uint8Array): Opened | null {
  const kind = data[0];
  if (data.length < HEAD || (kind !== TEXT && kind !== BINARY)) {
    throw new RangeError(`Cannot read a message of ${data.length} bytes: it does not begin as one`);
  }
  if (origin.every((octet, i) => data[1 + i] === octet)) return null;
  const payload = new Uint8Array(data.subarray(HEAD));
  if (kind === TEXT && !isUtf8(payload)) {
    throw new RangeError(`Cannot read a text of ${payload.length} bytes: it is not UTF-8`);
  }
  return { payload, binary: kind === BINARY };
}
