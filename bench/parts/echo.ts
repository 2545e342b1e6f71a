// Bytes that come back, on streams and by hand.
import { spread } from "../report.ts";
import { denoPeer, printTable, processorTime, startServer } from "../support.ts";
import { CLIENT_CPU, SERVER_CPU } from "../wrk.ts";
import { outputOf } from "./output.ts";
import type { Part } from "./part.ts";

const CONNECTIONS = 64;
const SIZE = 64;
const WARM_UP_SECONDS = 3;
const INTO = { name: "IOStream, readInto", command: denoPeer("echo_twister.ts", "--into") };
const BYTES = { name: "IOStream, readBytes", command: denoPeer("echo_twister.ts") };
const BARE = { name: "Deno.listen, by hand", command: denoPeer("echo_bare.ts") };

interface Sample {
  /** Microseconds of the processor for each message. */
  readonly work: number;
  readonly rate: number;
}

async function sample(pid: number, port: number, seconds: number): Promise<Sample> {
  const before = processorTime(pid);
  const count = Number(
    await outputOf(denoPeer("echo_client.ts", ...[port, CONNECTIONS, SIZE, seconds].map(String)), CLIENT_CPU),
  );
  return { work: (processorTime(pid) - before) * 1e6 / count, rate: count / seconds };
}

export const echo: Part = {
  name: "echo",
  missed: [
    "Profile of `readBytes`, 2026-11-30 at c8846366: kernel 55 %, Deno's native code 32 %, allocation 6 %, " +
    "JavaScript 6 %; one `recv` and one `send` for each message. Each array of its own takes four " +
    "allocations outside of V8's heap, 0.7 us. A loop on bare handles, without streams or promises, takes " +
    "19.5 us where `Deno.listen` by hand takes 18.2 us: the target leaves nothing for a stream on handles.",
    "Taken, from 27.3 us to 24.9 us with `readBytes` and 23.1 us with `readInto`, where by hand takes 20.2 " +
    "us: a handle reads on between two reads (1.2 us), promises are marked as handled only when they are " +
    "rejected, and `readInto` makes no array in between. Not taken: slices of a shared array (44 ns and not " +
    "680 ns each), because a caller that transfers one away would take the others with it.",
  ],
  async run({ rounds, seconds }) {
    await using servers = new AsyncDisposableStack();
    const subjects: { name: string; pid: number; port: number; samples: Sample[] }[] = [];
    for (const { name, command } of [INTO, BYTES, BARE]) {
      const { pid, port } = servers.use(await startServer(command, { cpu: SERVER_CPU }));
      await sample(pid, port, WARM_UP_SECONDS);
      subjects.push({ name, pid, port, samples: [] });
    }
    for (let round = 0; round < rounds; round++) {
      for (const { pid, port, samples } of round % 2 === 0 ? subjects : subjects.toReversed()) {
        samples.push(await sample(pid, port, seconds));
      }
    }
    const heading = ["server", "us of processor", "messages/s"];
    const rows = subjects.map(({ name, samples }) => [
      name,
      spread(samples.map(({ work }) => work)),
      spread(samples.map(({ rate }) => rate), 0),
    ]);
    printTable(heading, rows);
    const [into, bytes, bare] = subjects;
    const against = (stream: typeof into) =>
      (bare?.samples ?? []).map(({ work }, round) => work / (stream?.samples[round]?.work ?? NaN));
    return {
      title: "Streams",
      text: "Each connection sends a message when the one before it is back. By hand is a loop of `read` and `write` " +
        "with memory of its own, as the loop of `readInto` has; `readBytes` makes an array for each message.",
      tables: [{ title: `An echo of ${SIZE} bytes, ${CONNECTIONS} connections`, heading, rows }],
      targets: [
        { text: "Deno.listen to readInto", ratios: against(into), atLeast: 0.95 },
        { text: "Deno.listen to readBytes", ratios: against(bytes), atLeast: 0.95 },
      ],
      pictures: [],
    };
  },
};
