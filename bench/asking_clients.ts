// Clients that ask without a pause while servers are restarted, and count what is not a whole answer.

/** Milliseconds after which a client that has no answer will not get one. */
const PATIENCE_MS = 20_000;

export interface AskingOptions {
  readonly port: number;
  readonly clients: number;
  /** The request, with the empty line. A client connects again after an answer with `Connection: close`. */
  readonly request: string;
  /** What the right answer looks like, from its first byte to its last. */
  readonly answer: RegExp;
}

/** They begin when they are made. */
export class AskingClients {
  asked = 0;
  /** What came instead of the right answer, and how often. */
  readonly faults: Map<string, number> = new Map();
  readonly #options: AskingOptions;
  readonly #request: Uint8Array<ArrayBuffer>;
  readonly #ended: Promise<unknown>;
  #goal = Infinity;
  #reached: (() => void) | null = null;
  #stopped = false;

  constructor(options: AskingOptions) {
    this.#options = options;
    this.#request = new TextEncoder().encode(options.request);
    this.#ended = Promise.all(Array.from({ length: options.clients }, () => this.#run()));
  }

  /** The number of requests without the right answer. */
  get lost(): number {
    return this.faults.values().reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when they have asked so often. */
  async reach(count: number): Promise<void> {
    if (this.asked >= count) return;
    await new Promise<void>((resolve) => {
      this.#goal = count;
      this.#reached = resolve;
    });
  }

  /** Lets each get its last answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    const buffer = new Uint8Array(4096);
    let connection: Deno.TcpConn | null = null;
    while (!this.#stopped) {
      if (++this.asked >= this.#goal) this.#reached?.();
      let answer: string;
      const timer = setTimeout(() => close(connection), PATIENCE_MS);
      try {
        connection ??= await Deno.connect({ hostname: "127.0.0.1", port: this.#options.port });
        answer = await this.#exchange(connection, buffer);
      } catch (error) {
        answer = String(error);
      } finally {
        clearTimeout(timer);
      }
      const isRight = this.#options.answer.test(answer);
      if (!isRight) this.faults.set(answer, (this.faults.get(answer) ?? 0) + 1);
      if (isRight && !/^connection: close/im.test(answer)) continue;
      close(connection);
      connection = null;
    }
    close(connection);
  }

  /** Asks, and returns the whole answer, or what there was of it at the end of the connection. */
  async #exchange(connection: Deno.TcpConn, buffer: Uint8Array<ArrayBuffer>): Promise<string> {
    await connection.write(this.#request);
    let text = "";
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return `cut after "${text}"`;
      text += new TextDecoder().decode(buffer.subarray(0, count));
      const head = text.indexOf("\r\n\r\n");
      if (head >= 0 && text.length >= head + 4 + Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0)) return text;
    }
  }
}

function close(connection: Deno.TcpConn | null): void {
  try {
    connection?.close();
  } catch {
    // The timer was first.
  }
}
