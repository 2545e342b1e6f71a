/** The fields of an event beside its data. */
export interface EventFields {
  /**
   * The name by which a page listens for the event.
   *
   * @default {"message"}
   */
  event?: string | undefined;
  /** The position that a client names when it comes back; `""` makes it forget the one before. */
  id?: string | undefined;
}

/** A comment, which clients drop: it keeps a connection alive. */
export const HEARTBEAT = ":\n\n";

/**
 * Makes the text of one event (HTML, "Server-sent events"). Every kind of line end in the data becomes a line feed for
 * the client.
 *
 * @throws {TypeError} If the name or the ID has a line end, or the ID a NUL, with which clients ignore it.
 */
export function eventText(data: string, { event, id }: EventFields): string {
  // The space after each colon is the one that clients remove: without it, data would lose one of its own.
  let text = "";
  if (event !== undefined) text += `event: ${oneLine("name", event)}\n`;
  if (id !== undefined) text += `id: ${oneLine("ID", id)}\n`;
  return `${text}data: ${/[\r\n]/.test(data) ? data.replace(/\r\n|\r|\n/g, "\ndata: ") : data}\n\n`;
}

/** Milliseconds, some 24 days: browsers count in 32 bits, and take nothing but digits. */
const LONGEST_RETRY: number = 2 ** 31 - 1;

/** Makes the field that tells a client how long to wait before it comes back. */
export function retryText(seconds: number): string {
  return `retry: ${Math.min(Math.round(seconds * 1000), LONGEST_RETRY)}\n\n`;
}

function oneLine(what: string, value: string): string {
  if (!/[\r\n\0]/.test(value)) return value;
  throw new TypeError(`Cannot send an event: its ${what} ${JSON.stringify(value)} has a line end or a NUL`);
}
