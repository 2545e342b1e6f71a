/** An entry of a stream log on its way to the copies in other processes. */
export interface LogEntry {
  /** The log. */
  readonly epoch: string;
  /** The number of the entry; that of the last one if this is not an entry. */
  readonly number: number;
  /** The name; `null` for a message that only says that the producer is there. */
  readonly event: string | null;
  readonly data: string;
}

/** Encodes an entry. */
export function encodeLogEntry({ epoch, number, event, data }: LogEntry): string {
  return JSON.stringify([epoch, number, event, data]);
}

/** Returns the entry in a message, or `null` if it has none. */
export function parseLogEntry(text: string): LogEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  const [epoch, number, event, data]: unknown[] = value;
  if (typeof epoch !== "string" || !/^[0-9a-f]{16}$/.test(epoch) || typeof data !== "string") return null;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) return null;
  // A name with a line end would end its line in an event stream.
  if (event !== null && (typeof event !== "string" || /[\r\n\0]/.test(event))) return null;
  return { epoch, number, event, data };
}
