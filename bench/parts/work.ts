// Arguments, JSON, forms and signed cookies.
import { loadTable, ratios, type Target } from "../report.ts";
import { denoPeer } from "../support.ts";
import { type Case, compare, type Measured, type Peer, type Sample } from "../wrk.ts";
import type { Part } from "./part.ts";

const LISTEN = { name: "Twister listen", command: denoPeer("work_twister.ts", "--engine=listen") };
const SERVE = { name: "Twister serve", command: denoPeer("work_twister.ts", "--engine=serve") };
const HONO = { name: "hono", command: denoPeer("work_hono.ts") };
const SAME = { name: "hono, same headers", command: denoPeer("work_hono.ts", "--same-headers") };

const NOTE = "x".repeat(980);
const get = { status: 200, connections: 64 };
const HELLO: Case = { ...get, name: "Hello and JSON.stringify", path: "/" };
const ARGUMENTS: Case = {
  ...get,
  name: "GET of a path and a query argument, small JSON",
  path: "/item/7?query=twister",
};
const COOKIE: Case = {
  ...get,
  name: "GET with a signed cookie",
  path: "/user",
  headers: (first) => ({ Cookie: first.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "" }),
};
const BODIES: readonly Case[] = [
  {
    ...get,
    name: "POST of 1 KiB of JSON, JSON back",
    path: "/json",
    body: JSON.stringify({ name: "ada", note: NOTE }),
    headers: () => ({ "Content-Type": "application/json" }),
  },
  {
    ...get,
    name: "POST of a form of 1 KiB, JSON back",
    path: "/form",
    body: `name=ada&note=${NOTE}`,
    headers: () => ({ "Content-Type": "application/x-www-form-urlencoded" }),
  },
];
const HEADERS =
  "Twister's answers have Server, Date and, for a GET, an ETag that is computed. Those of hono have Date; with the " +
  "same headers also Server and an ETag that is constant.";

/** Ratios of two cases of one server. */
function between(above: Measured | undefined, below: Measured | undefined, server: string): number[] {
  const others: readonly Sample[] = below?.samples.get(server) ?? [];
  return (above?.samples.get(server) ?? []).map(({ work }, round) => work / (others[round]?.work ?? NaN));
}

/** Hono's work in ratio to that of one of our servers. */
function against(measured: readonly Measured[], theirs: Peer, ours: Peer): Target[] {
  const engine = ours.name.replace("Twister ", "");
  return measured.map((each) => ({
    text: `${theirs.name}, to ${engine}: ${each.one.name}`,
    ratios: ratios(each, theirs.name, ours.name),
    atLeast: 1,
  }));
}

export const work: Part = {
  name: "work",
  async run(options) {
    const measured = await compare([LISTEN, SERVE, HONO, SAME], [HELLO, ARGUMENTS, COOKIE], {
      ...options,
      ours: "Twister",
    });
    return {
      title: "Small requests with some work",
      text: HEADERS,
      tables: measured.map((each) => loadTable(each, HONO.name)),
      targets: [
        {
          text: "GET with arguments and JSON to hello and JSON.stringify, listen",
          ratios: between(measured[1], measured[0], LISTEN.name),
          atMost: 1.15,
        },
        ...against(measured, SAME, SERVE),
        ...against(measured, HONO, SERVE),
        ...against(measured.slice(2), HONO, LISTEN),
      ],
      pictures: [],
    };
  },
};

export const bodies: Part = {
  name: "bodies",
  async run(options) {
    const measured = await compare([LISTEN, SERVE, HONO, SAME], BODIES, { ...options, ours: "Twister" });
    return {
      title: "Requests with a body",
      text: HEADERS,
      tables: measured.map((each) => loadTable(each, HONO.name)),
      targets: [
        ...against(measured, SAME, SERVE),
        ...against(measured, HONO, SERVE),
        ...against(measured, HONO, LISTEN),
      ],
      pictures: [],
    };
  },
};
