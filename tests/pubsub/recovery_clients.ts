/**
 * The clients of `check_recovery.ts`: each follows one topic, and comes back to another server with its last position
 * when its WebSocket has ended. Its arguments are how many, and the ports of the servers; it ends when stdin ends.
 *
 * @module
 */
import { FeedConnection } from "./feed_connection.ts";
import { HISTORY, TOPICS } from "./recovery_node.ts";

/** What all clients have seen. */
export interface ClientsReport {
  connected: number;
  received: number;
  lost: number;
  doubled: number;
  disordered: number;
  /** Clients that were told that they could not recover. */
  unrecovered: number;
  /** Reconnects that recovered. */
  recovered: number;
  /** Milliseconds from the begin of a reconnect to the end of its recovery: the median, and the 99th percentile. */
  readonly p50: number;
  readonly p99: number;
}

/** Milliseconds of the longest wait before a reconnect, which spreads those of a server that was killed. */
const SPREAD = 1500;

if (import.meta.main) await run();

async function run(): Promise<void> {
  const [count, ...ports] = Deno.args.map(Number);
  const report = { connected: 0, received: 0, lost: 0, doubled: 0, disordered: 0, unrecovered: 0, recovered: 0 };
  const times: number[] = [];
  let isOver = false;

  const client = async (id: number): Promise<void> => {
    const topic = TOPICS[id % TOPICS.length];
    let position = "";
    let last: number | null = null;
    const missing = new Set<number>();
    while (!isOver) {
      const port = ports[Math.floor(Math.random() * ports.length)];
      const begin = performance.now();
      try {
        await FeedConnection.read(port, `/feed/${topic}?id=${id}&since=${position}`, {
          opened: () => report.connected++,
          closed: () => report.connected--,
          message: (text) => {
            const [epoch, offset, word] = text.split(" ");
            // The server sees to it that no line goes back behind a message.
            position = `${epoch}:${offset}`;
            if (word === "recovered" || word === "lost") {
              if (last !== null) times.push(performance.now() - begin);
              if (word === "lost") {
                report.unrecovered++;
                last = null;
              } else if (last !== null) report.recovered++;
              return;
            }
            const number = Number(word);
            report.received++;
            if (last !== null && number <= last) {
              if (missing.delete(number)) report.disordered++;
              else report.doubled++;
              return;
            }
            for (let gone = (last ?? number - 1) + 1; gone < number; gone++) {
              if (missing.size < HISTORY) missing.add(gone);
              report.lost++;
            }
            last = number;
          },
        });
      } catch {
        // The server is down.
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD));
    }
  };

  const clients: Promise<void>[] = [];
  for (let id = 0; id < count; id++) {
    clients.push(client(id));
    if (id % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const print = () => {
    const sorted = times.toSorted((a, b) => a - b);
    const part = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
    const line: ClientsReport = { ...report, p50: part(0.5), p99: part(0.99) };
    console.log(JSON.stringify(line));
  };
  const printing = setInterval(print, 1000);
  for await (const _ of Deno.stdin.readable);
  clearInterval(printing);
  isOver = true;
  print();
  Deno.exit();
}
