// Messages that come back on WebSockets: many connections, and compressed.
import { deflateRawSync } from "node:zlib";
import { spread, type Table, type Target } from "../report.ts";
import { compiled, denoPeer, peerFile, printTable, startServer, succeeds, withFiles } from "../support.ts";
import { frameFile, someJson } from "../websocket_load.ts";
import { CLIENT_CPU, type Peer, SERVER_CPU } from "../wrk.ts";
import { outputOf } from "./output.ts";
import type { Part } from "./part.ts";

const TWISTER: Peer = { name: "Twister listen", command: denoPeer("websocket_twister.ts") };
const DENO: Peer = { name: "Deno.upgradeWebSocket", command: denoPeer("websocket_deno.ts") };
const FLOOR: Peer = { name: "a constant frame, on handles", command: denoPeer("websocket_floor.ts") };
const WS = "ws@8.23.0";
const COUNTS = [64, 1000, 5000];
const SIZE = 32;
const OFFER = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
/** The most of wanted connections. */
const MOST = Math.max(...COUNTS);

/** What all connections of a case send, and to which path. */
interface Echo {
  readonly title: string;
  readonly connections: number;
  readonly path: string;
  readonly frame: string;
  readonly offer: string;
}

interface Sample {
  readonly rate: number;
  /** Microseconds of the processor for each message. */
  readonly work: number;
}

/** Lets the servers take turns at a case. */
async function turns(
  load: string,
  { title, connections, path, frame, offer }: Echo,
  peers: readonly Peer[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  await using servers = new AsyncDisposableStack();
  const samples = new Map<string, Sample[]>();
  const subjects: { name: string; sample: () => Promise<Sample> }[] = [];
  for (const { name, command, cwd } of peers) {
    const options = { cpu: SERVER_CPU, ...(cwd === undefined ? {} : { cwd }) };
    const { pid, port } = servers.use(await startServer(withFiles(MOST, command), options));
    const ask = [load, "echo", port, path, connections, frame, offer, 1, seconds, pid].map(String);
    const sample = async () => {
      const [rate = NaN, work = NaN] = (await outputOf(withFiles(MOST, ask), CLIENT_CPU)).split(" ").map(Number);
      return { rate, work };
    };
    // What is hot is compiled.
    await sample();
    samples.set(name, []);
    subjects.push({ name, sample });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, sample } of round % 2 === 0 ? subjects : subjects.toReversed()) {
      samples.get(name)?.push(await sample());
    }
  }
  console.log(title);
  return samples;
}

function against(samples: ReadonlyMap<string, readonly Sample[]>, above: Peer, below: Peer): number[] {
  const others = samples.get(below.name) ?? [];
  return (samples.get(above.name) ?? []).map(({ work }, round) => work / (others[round]?.work ?? NaN));
}

function tableOf(
  title: string,
  samples: ReadonlyMap<string, readonly Sample[]>,
  peers: readonly Peer[],
  to: Peer,
): Table {
  const heading = ["server", "us of processor", `times ${to.name}`, "messages/s"];
  const rows = peers.map((peer) => {
    const all = samples.get(peer.name) ?? [];
    return [
      peer.name,
      spread(all.map(({ work }) => work)),
      spread(against(samples, peer, to), 2),
      spread(all.map(({ rate }) => rate), 0),
    ];
  });
  printTable(heading, rows);
  return { title, heading, rows };
}

export const websockets: Part = {
  name: "websockets",
  async run(options) {
    const scratch = await Deno.makeTempDir();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => Deno.remove(scratch, { recursive: true }));
    const load = await compiled(scratch, "websocket_load.c");
    await Deno.writeTextFile(`${scratch}/package.json`, "{}");
    if (!await succeeds("npm", "install", "--silent", "--prefix", scratch, WS)) {
      throw new Error(`npm cannot install ${WS}`);
    }
    await Deno.copyFile(peerFile("websocket_ws.mjs"), `${scratch}/websocket_ws.mjs`);
    const ws: Peer = { name: `${WS} on Node`, command: ["node", "websocket_ws.mjs"], cwd: scratch };

    const tables: Table[] = [];
    const targets: Target[] = [];
    const frame = await frameFile(scratch, 0x81, new Uint8Array(SIZE).fill(97));
    for (const connections of COUNTS) {
      const echo = { title: `An echo of ${SIZE} bytes, ${connections} connections`, connections, path: "/echo", frame };
      const peers = [TWISTER, DENO, FLOOR];
      const samples = await turns(load, { ...echo, offer: "" }, peers, options);
      tables.push(tableOf(echo.title, samples, peers, FLOOR));
      const ratios = against(samples, TWISTER, FLOOR);
      targets.push({ text: `listen to the floor, ${connections} connections`, ratios, atMost: 1.45 });
    }
    const deflated = deflateRawSync(someJson(), { finishFlush: 2 }).subarray(0, -4);
    const title = "An echo of 1 KiB of JSON, compressed, 64 connections";
    const compressed = { title, connections: 64, path: "/deflate", frame: await frameFile(scratch, 0xc1, deflated) };
    const peers = [TWISTER, ws];
    const samples = await turns(load, { ...compressed, offer: OFFER }, peers, options);
    tables.push(tableOf(title, samples, peers, ws));
    targets.push({ text: "ws to listen, compressed", ratios: against(samples, ws, TWISTER), atLeast: 4.5 });
    return {
      title: "Messages on WebSockets",
      text: "Each connection sends a message when the one before it is back. The floor answers each read with a " +
        "constant frame. Deno's own WebSockets have no compression. Compressed messages should cost no more than when " +
        "their target was set. In ten rounds in turns, ws took 5.39 (4.55-6.35) times as long as the server of that " +
        "time (5439a9fb), and the server of ad821512 took 1.03 (0.91-1.09) times as long.",
      tables,
      targets,
      pictures: [],
    };
  },
};
