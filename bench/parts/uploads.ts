// A form with a file of 1 GiB, whose bytes are counted.
import { spread, type Target } from "../report.ts";
import {
  denoPeer,
  mostResidentMemory,
  peerFile,
  printTable,
  processorTime,
  residentMemory,
  startServer,
  succeeds,
} from "../support.ts";
import { formShape, upload } from "../upload_client.ts";
import { type Peer, SERVER_CPU } from "../wrk.ts";
import type { Part } from "./part.ts";

const MIB = 2 ** 20;
const SIZE = 1024 * MIB;
/** What memory may grow by, in MiB. */
const MOST_GROWTH = 40;
const BUSBOY = "busboy@1.6.0";
const TWISTER: Peer = { name: "Twister listen", command: denoPeer("uploads_twister.ts") };

interface Sample {
  /** Microseconds of the processor for each MiB. */
  readonly work: number;
  /** MiB a second. */
  readonly rate: number;
  /** In MiB. */
  readonly growth: number;
}

async function measure({ command, cwd }: Peer): Promise<Sample> {
  await using server = await startServer(command, { ...(cwd === undefined ? {} : { cwd }), cpu: SERVER_CPU });
  // A server that has parsed a form before: its code and its buffers are there.
  await upload(server.port, formShape(MIB, ""), MIB);
  const before = residentMemory(server.pid);
  const worked = processorTime(server.pid);
  const begin = performance.now();
  await upload(server.port, formShape(SIZE, ""), SIZE);
  return {
    work: (processorTime(server.pid) - worked) * 1e6 / (SIZE / MIB),
    rate: SIZE / MIB / ((performance.now() - begin) / 1000),
    growth: (mostResidentMemory(server.pid) - before) / MIB,
  };
}

export const uploads: Part = {
  name: "uploads",
  async run({ rounds }) {
    const scratch = await Deno.makeTempDir();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => Deno.remove(scratch, { recursive: true }));
    await Deno.writeTextFile(`${scratch}/package.json`, "{}");
    if (!await succeeds("npm", "install", "--silent", "--prefix", scratch, BUSBOY)) {
      throw new Error(`npm cannot install ${BUSBOY}`);
    }
    await Deno.copyFile(peerFile("uploads_busboy.mjs"), `${scratch}/uploads_busboy.mjs`);
    const busboy: Peer = { name: "busboy on Node", command: ["node", "uploads_busboy.mjs"], cwd: scratch };
    const peers = [TWISTER, busboy];
    const samples = new Map<string, Sample[]>(peers.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
        samples.get(peer.name)?.push(await measure(peer));
      }
    }
    const all = (name: string, key: keyof Sample) => (samples.get(name) ?? []).map((each) => each[key]);
    const heading = ["server", "us of processor/MiB", "MiB/s", "MiB of growth"];
    const rows = peers.map(({ name }) => [
      name,
      spread(all(name, "work"), 0),
      spread(all(name, "rate"), 0),
      spread(all(name, "growth"), 0),
    ]);
    printTable(heading, rows);
    const ours = all(TWISTER.name, "work");
    const targets: Target[] = [
      {
        text: "busboy to listen",
        ratios: all(busboy.name, "work").map((work, round) => work / (ours[round] ?? NaN)),
        atLeast: 1.5,
      },
      {
        text: `growth to the ${MOST_GROWTH} MiB that are allowed`,
        ratios: all(TWISTER.name, "growth").map((growth) => growth / MOST_GROWTH),
        atMost: 1,
      },
    ];
    return {
      title: "Uploads",
      text: "A form with one file of 1 GiB, whose bytes are counted as they come, after one of 1 MiB.",
      tables: [{ title: "A form of 1 GiB", heading, rows }],
      targets,
      pictures: [],
    };
  },
};
