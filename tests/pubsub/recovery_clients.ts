/**
 * The clients of `check_recovery.ts`: each follows one topic, and comes back with its last position when its WebSocket
 * has ended. Its arguments are how many there are, how many may come back in a second, and the ports of the servers; it
 * ends when stdin ends.
 *
 * A client that comes back is sent to any server that takes connections, as by a load balancer: the next one is tried if
 * one refuses.
 *
 * @module
 */
import { FeedConnection } from "./feed_connection.ts";
import { HISTORY, TOPICS } from "./recovery_node.ts";

/** The times of all recoveries, in milliseconds. */
export interface RecoveryTimes {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** What all clients have seen. */
export interface ClientsReport {
  connected: number;
  received: number;
  lost: number;
  doubled: number;
  disordered: number;
  /** Clients that were told that they could not recover. */
  unrecovered: number;
  /** Clients of those that nevertheless got some of what they had missed. */
  partial: number;
  /** Clients that came back and recovered. */
  recovered: number;
  /** The most clients that began to come back in one second. */
  readonly fastest: number;
  /** From a client's first attempt to come back to the end of its recovery. */
  readonly sinceAttempt: RecoveryTimes;
  /** From the end of its connection: with the time for which it waited, so that not all came at once. */
  readonly sinceCut: RecoveryTimes;
}

/** Milliseconds between the moments in which waiting clients may go. */
const TICK = 10;
/** No more may go at once than in so many milliseconds, however late the timer is. */
const LATEST = 50;

/** Lets clients begin at a rate that they reach together, in a random order. */
class Turns {
  readonly #rate: number;
  #waiting: (() => void)[] = [];
  #last = performance.now();
  /** How many began in each second. */
  readonly #begun = new Map<number, number>();

  constructor(rate: number) {
    this.#rate = rate;
    setInterval(() => this.#release(), TICK);
  }

  /** The most that began in one second. */
  get fastest(): number {
    return Math.max(0, ...this.#begun.values());
  }

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Counts one that begins now. */
  count(): void {
    const second = Math.floor(performance.now() / 1000);
    this.#begun.set(second, (this.#begun.get(second) ?? 0) + 1);
  }

  #release(): void {
    const now = performance.now();
    const count = Math.floor(Math.min(now - this.#last, LATEST) * this.#rate / 1000);
    if (count === 0) return;
    this.#last = now;
    for (let i = 0; i < count && this.#waiting.length > 0; i++) {
      const at = Math.floor(Math.random() * this.#waiting.length);
      const last = this.#waiting.length - 1;
      [this.#waiting[at], this.#waiting[last]] = [this.#waiting[last], this.#waiting[at]];
      this.#waiting.pop()?.();
    }
  }
}

/** Returns the numbers in a random order. */
function shuffled(numbers: readonly number[]): number[] {
  const keys = new Map(numbers.map((number) => [number, Math.random()]));
  return numbers.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
}

function timesOf(found: readonly number[]): RecoveryTimes {
  const sorted = found.toSorted((a, b) => a - b);
  const part = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50: part(0.5), p90: part(0.9), p99: part(0.99) };
}

if (import.meta.main) await run();

async function run(): Promise<void> {
  const [count, rate, ...ports] = Deno.args.map(Number);
  const report = {
    connected: 0,
    received: 0,
    lost: 0,
    doubled: 0,
    disordered: 0,
    unrecovered: 0,
    partial: 0,
    recovered: 0,
  };
  const sinceAttempt: number[] = [];
  const sinceCut: number[] = [];
  const turns = new Turns(rate);
  let isOver = false;

  const client = async (id: number): Promise<void> => {
    const topic = TOPICS[id % TOPICS.length];
    let position = "";
    let last: number | null = null;
    const missing = new Set<number>();
    /** The offset of the first message of the connection, and how many numbers were left out before it. */
    let first: number | null = null;
    let skipped = 0;
    /** When the connection ended, and when the client began to come back; `null` for one that has recovered. */
    let cut: number | null = null;
    let attempt: number | null = null;

    const recover = (word: string, live: number) => {
      const now = performance.now();
      if (cut !== null) sinceCut.push(now - cut);
      if (attempt !== null) sinceAttempt.push(now - attempt);
      if (word === "recovered") {
        if (cut !== null) report.recovered++;
      } else {
        report.unrecovered++;
        if (first !== null && first <= live) report.partial++;
        // It is told, so nothing is lost in silence.
        report.lost -= skipped;
        missing.clear();
      }
      cut = attempt = null;
    };
    const take = (text: string) => {
      const [epoch, offset, word, live] = text.split(" ");
      // The server sees to it that no line goes back behind a message.
      position = `${epoch}:${offset}`;
      if (word === "recovered" || word === "lost") return recover(word, Number(live));
      const number = Number(word);
      report.received++;
      if (last !== null && number <= last) {
        if (missing.delete(number)) report.disordered++;
        else report.doubled++;
        return;
      }
      const gone = number - (last ?? number - 1) - 1;
      for (let i = 0; i < gone && missing.size < HISTORY; i++) missing.add(number - 1 - i);
      report.lost += gone;
      if (first === null) skipped = gone;
      first ??= Number(offset);
      last = number;
    };

    while (!isOver) {
      await turns.next();
      if (cut !== null) {
        attempt ??= performance.now();
        turns.count();
      }
      for (const port of shuffled(ports)) {
        let wasOpen = false;
        first = null;
        skipped = 0;
        try {
          await FeedConnection.read(port, `/feed/${topic}?id=${id}&since=${position}`, {
            opened: () => {
              report.connected++;
              wasOpen = true;
            },
            closed: () => {
              report.connected--;
              cut ??= performance.now();
            },
            message: take,
          });
        } catch {
          // This one is down.
        }
        if (wasOpen) break;
      }
    }
  };

  for (let id = 0; id < count; id++) client(id);
  const print = () => {
    const line: ClientsReport = {
      ...report,
      fastest: turns.fastest,
      sinceAttempt: timesOf(sinceAttempt),
      sinceCut: timesOf(sinceCut),
    };
    console.log(JSON.stringify(line));
  };
  const printing = setInterval(print, 1000);
  for await (const _ of Deno.stdin.readable);
  clearInterval(printing);
  isOver = true;
  print();
  Deno.exit();
}
