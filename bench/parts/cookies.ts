// Signed values beside one HMAC.
import { spread } from "../report.ts";
import { denoPeer, printTable } from "../support.ts";
import { SERVER_CPU } from "../wrk.ts";
import { outputOf } from "./output.ts";
import type { Part } from "./part.ts";

interface Times {
  readonly sign: number;
  readonly verify: number;
}

const HMAC = "one HMAC, Twister's";
const PEERS = [
  { name: HMAC, command: denoPeer("cookies_hmac.ts", "--own") },
  { name: "one HMAC, node:crypto", command: denoPeer("cookies_hmac.ts") },
  { name: "one HMAC, node:crypto, key kept", command: denoPeer("cookies_hmac.ts", "--kept") },
  { name: "Twister, values", command: denoPeer("cookies_twister.ts") },
  { name: "Twister, in a handler", command: denoPeer("cookies_twister.ts", "--helper") },
  { name: "hono's helper", command: denoPeer("cookies_hono.ts") },
];

export const cookies: Part = {
  name: "cookies",
  async run({ rounds }) {
    const samples = new Map<string, Times[]>(PEERS.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const { name, command } of round % 2 === 0 ? PEERS : PEERS.toReversed()) {
        samples.get(name)?.push(JSON.parse(await outputOf(command, SERVER_CPU)));
      }
    }
    const all = (name: string, key: keyof Times) => (samples.get(name) ?? []).map((times) => times[key]);
    const against = (name: string, other: string, key: keyof Times) => {
      const others = all(other, key);
      return all(name, key).map((time, round) => time / (others[round] ?? NaN));
    };
    const heading = ["", "us to sign", "times an HMAC", "us to verify", "times an HMAC"];
    const rows = PEERS.map(({ name }) => [
      name,
      ...(["sign", "verify"] as const).flatMap((key) => [
        spread(all(name, key), 2),
        spread(against(name, HMAC, key), 2),
      ]),
    ]);
    printTable(heading, rows);
    const keys = ["sign", "verify"] as const;
    const targets = [
      // What an application that calls node:crypto by itself pays for the HMAC alone.
      ...keys.map((key) => ({
        text: `values to one HMAC of node:crypto, ${key}`,
        ratios: against("Twister, values", "one HMAC, node:crypto", key),
        atMost: 1,
      })),
      ...keys.map((key) => ({
        text: `hono to a handler, ${key}`,
        ratios: against("hono's helper", "Twister, in a handler", key),
        atLeast: 1,
      })),
    ];
    return {
      title: "Signed cookies",
      text: "The HMACs are taken over the same text. Twister keeps what depends on the key alone.",
      tables: [{ title: "A value of 43 bytes", heading, rows }],
      targets,
      pictures: [],
    };
  },
};
