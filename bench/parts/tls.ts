// TLS: handshakes, requests on connections that stay, and WebSockets that wait.
import { loadTable, ratios } from "../report.ts";
import { denoPeer, printTable, residentMemory } from "../support.ts";
import { type Case, compare, type Peer } from "../wrk.ts";
import type { Part } from "./part.ts";
import { manySockets } from "./sockets.ts";

const LISTEN: Peer = { name: "Twister listen", command: denoPeer("twister.ts", "--tls") };
const SERVE: Peer = { name: "Twister serve", command: denoPeer("twister.ts", "--engine=serve", "--tls") };
const DENO: Peer = { name: "Deno.serve", command: denoPeer("deno_serve.ts", "--tls") };

const CASE = { path: "/", status: 200, connections: 64, tls: true };
const KEPT: Case = { ...CASE, name: "Hello, world, connections that stay" };
const HANDSHAKES: Case = {
  ...CASE,
  name: "Hello, world, a handshake for each",
  headers: () => ({ Connection: "close" }),
};

/** WebSockets whose memory is measured, and those that have come before, for which code and pools are there. */
const MANY = 2000;
const FEW = 200;
const SETTLE_SECONDS = 3;

async function memoryOf(connections: number, ...options: string[]): Promise<number> {
  await using sockets = await manySockets(connections, ...options);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1000));
  return residentMemory(sockets.server.pid);
}

/** Bytes that one more WebSocket takes. */
async function bytesOfEach(...options: string[]): Promise<number> {
  const few = await memoryOf(FEW, ...options);
  return (await memoryOf(MANY, ...options) - few) / (MANY - FEW);
}

export const tls: Part = {
  name: "tls",
  missed: [
    "Profile of handshakes on listen, 2026-11-30 at cdbc8bf0, before what follows, in us of a connection and " +
    "beside `Deno.serve`: V8's runtime and Deno's native code 144 to 112, kernel 80 to 62, allocation 36 to 28, " +
    "JavaScript 29 to 3, V8's own threads 18 to 5. The system calls are the same, and warming up for longer changes " +
    "nothing. In turns, a loop by hand on `Deno.listenTls` takes as much as `Deno.serve` (0.97 to 1.05 times).",
    "Taken, from 1.33 to 1.46 times `Deno.serve` to 1.15 to 1.21 in three runs of 9 to 15 rounds in turn on a busy " +
    "machine: no read is under way at the close, since a client that says `Connection: close` sends nothing more, " +
    "and the error of a canceled read took 27 us; the handshake has no async functions; texts go into a buffer that " +
    "is used again. The rest is made for each connection by Deno (its `TlsConn`, promises of `accept`, `read` " +
    "and `write`) and here, 7.5 KB in all, which V8 has to collect, 8 us of each connection.",
    "Tried by hand, without a gain beyond the noise of 16 rounds in turn: a read that begins together with the " +
    "handshake (1.01 times `Deno.serve`), and one that stands for it (0.99), beside one that follows it (0.97).",
  ],
  async run(options) {
    const peers = [LISTEN, SERVE, DENO];
    // The handshakes of a round are few, and cost the same each time.
    const measured = await compare(peers, [KEPT, HANDSHAKES], { ...options, ours: LISTEN.name });
    const [, handshakes] = measured;
    if (handshakes === undefined) throw new Error("A case was not measured");
    const heading = ["WebSockets", "bytes of the process for each"];
    const rows = [
      ["plain", (await bytesOfEach()).toFixed(0)],
      ["TLS", (await bytesOfEach("--tls")).toFixed(0)],
    ];
    printTable(heading, rows);
    return {
      title: "TLS",
      text: "TLS 1.3 with a key on P-256. The client resumes no session.",
      tables: [
        ...measured.map((each) => loadTable(each, DENO.name)),
        { title: `${MANY} idle WebSockets`, heading, rows },
      ],
      targets: [
        { text: "handshakes, listen to Deno.serve", ratios: ratios(handshakes, LISTEN.name, DENO.name), atMost: 1.1 },
        { text: "handshakes, serve to Deno.serve", ratios: ratios(handshakes, SERVE.name, DENO.name), atMost: 1.1 },
      ],
      pictures: [],
    };
  },
};
