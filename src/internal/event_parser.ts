/** An event of an event stream (HTML, "Server-sent events"). */
export interface ServerSentEvent {
  /** The name: `"message"` if the server gave none. */
  readonly event: string;
  /** The data, its lines joined by line feeds. */
  readonly data: string;
  /** The last ID that the server has given, `""` before the first. */
  readonly id: string;
}

/** Parses the bytes of an event stream. There is no I/O. */
export class EventParser {
  // Deno's decoder would take away a byte order mark at the start of each piece, not only of the first.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #begun = false;
  #rest = "";
  #skipLineFeed = false;
  #event = "";
  #data: string[] = [];
  #id = "";
  /** Seconds after which the server wants a lost client to come back, or `null`. */
  retry: number | null = null;
  /** The number of comments so far. */
  comments = 0;

  /** Takes bytes and returns the events that are complete. */
  feed(bytes: Uint8Array): ServerSentEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return [];
    if (!this.#begun && text.startsWith("\ufeff")) text = text.slice(1);
    this.#begun = true;
    // A line feed may come in another piece than its carriage return, which has ended the line.
    const start = this.#skipLineFeed && text.startsWith("\n") ? 1 : 0;
    this.#skipLineFeed = text.endsWith("\r");
    const lines = (this.#rest + text.slice(start)).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      if (line !== "") this.#takeLine(line);
      else if (this.#data.length > 0) events.push(this.#dispatch());
      else this.#event = "";
    }
    return events;
  }

  #takeLine(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) {
      this.comments++;
      return;
    }
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value) / 1000;
  }

  #dispatch(): ServerSentEvent {
    const event = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    this.#event = "";
    this.#data = [];
    return event;
  }
}
