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
    "Profile of handshakes on listen, 2026-11-30 at ba019de9: Deno's native code 57 %, kernel 22 %, " +
    "allocation 9 %, V8's own threads 6 %, JavaScript 5 %. Of `Deno.serve`: 59 %, 28 %, 12 %, 0 % and 1 %. " +
    "The system calls of a connection are those of a loop by hand on `Deno.listenTls`. In turns, that loop " +
    "took 0.92 times the work of `Deno.serve`, 1.01 times if it awaits the handshake before it reads, the " +
    "serve engine 1.10 and listen 1.41 times; in the next run, listen took 1.23 times.",
    "Tried: to read no more once an answer is the last one, so that no read has to be cancelled, without a " +
    "gain (1.29 times beside 1.23). Not taken: the handshake as a part of the first read, which is worth a " +
    "tenth by hand, because `sslHandshakeTimeout` would no longer tell a client that does not complete it " +
    "from one that does not ask.",
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
