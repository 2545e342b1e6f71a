// A million items handed from one task to another, and a lock, side by side with npm's p-queue and async-mutex and with
// Python's asyncio. Medians of alternating rounds in one run. Then a million waiters that time out.
//
//   deno task bench:queues [--rounds=3]
import { denoPeer, median, numberArgument, peerFile, pinned, printTable, succeeds } from "./support.ts";

/** A program that prints how many microseconds the processor works for it. */
interface Peer {
  readonly name: string;
  readonly command: readonly string[];
}

const CPU = 0;
const TWISTER = "Twister";
const COLUMNS = ["size 0", "size 16", "size 1", "alone", "contended"];

const rounds = numberArgument("rounds", 3);

async function findPeers(): Promise<Peer[]> {
  const peers: Peer[] = [
    { name: TWISTER, command: denoPeer("queues_twister.ts") },
    { name: "Twister, for await", command: denoPeer("queues_twister.ts", "--for-await") },
    { name: "p-queue", command: denoPeer("queues_npm.ts") },
    { name: "async-mutex", command: denoPeer("queues_npm.ts", "--mutex") },
  ];
  if (await succeeds("python3", "--version")) {
    peers.push({ name: "asyncio", command: ["python3", peerFile("queues_asyncio.py")] });
  } else console.log("left out: asyncio (python3)");
  return peers;
}

async function run<T>({ name, command }: Peer): Promise<T> {
  const [program = "", ...args] = pinned(command, CPU);
  const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`${name} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

const peers = await findPeers();
const samples = new Map<string, Record<string, number>[]>(peers.map(({ name }) => [name, []]));
for (let round = 0; round < rounds; round++) {
  // Every other round runs backwards, so that a machine that warms up or slows down favours nobody.
  for (const peer of round % 2 === 0 ? peers : peers.toReversed()) samples.get(peer.name)?.push(await run(peer));
}
const time = (name: string, column: string) => median((samples.get(name) ?? []).map((sample) => sample[column] ?? NaN));
console.log(`
microseconds of the processor, medians of ${rounds} rounds
size N: one item of a million, handed through a queue of N items at most, 0 for any number
alone: one acquire and release; contended: one of 100 tasks
`);
printTable(
  ["", ...COLUMNS.flatMap((column) => [column, "Twister is"])],
  peers.map(({ name }) => [
    name,
    ...COLUMNS.flatMap((column) => {
      const taken = time(name, column);
      if (Number.isNaN(taken)) return ["", ""];
      return [taken.toFixed(2), `${(taken / time(TWISTER, column)).toFixed(1)}x`];
    }),
  ]),
);

const command = denoPeer("queues_twister.ts", "--memory").toSpliced(2, 0, "--v8-flags=--expose-gc");
const { bytes } = await run<{ bytes: number }>({ name: "memory", command });
console.log(`\na million waiters that have timed out leave ${(bytes / 2 ** 20).toFixed(2)} MiB on the heap`);
