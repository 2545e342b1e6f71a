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

const GET_MISSED = [
  "**GET on the serve engine** (a812cb66, medians of 9 rounds in turns on a busy machine): hono with the same " +
  "headers takes 0.61 (0.57-0.79) of our time, and without them a fifth less than with them: a text with a " +
  "Content-Type and nothing else goes Deno's shortest way. In a loop without a network, our part is 4.0 us: 0.35 for " +
  "the head, whose host, length, coding and size are checked, 0.9 for the request object, the route and its group, " +
  "1.1 for the life of the handler, 0.4 for the response, the rest for the argument, JSON and ETag. The profile is " +
  "flat: no function takes more than 6 %.",
  "Tried: responses made without Deno's constructor (kept: 0.39 us and not 0.58, with a 404 0.36 and not 1.36); a " +
  "Date that is compared by its place (kept, in the same figures); the four headers that are checked one by one from " +
  "Deno (0.08 us each against 0.14 for a list of one and 1.7 for one of fifteen, but two of one name are not seen); " +
  "no address of the client until it is asked for (0.13 us, but after the answer it can no longer be had).",
  "Looked at again, in 8 to 15 short rounds in turns: hono with the same headers takes 0.97 of our time for hello " +
  "and 0.92 for the GET. A handler on Deno.serve that reads all of a request and makes its response in the same way " +
  "takes 0.79 of our time for hello; of the rest our engine adds half, rules and handler a third, the ETag a tenth. " +
  "On the GET, the group of the path adds 7 %, the argument 5 %, the object 3 %. Tried: a clock that is asked once a " +
  "tick and not for each request (0.3 %), a list of the right length for the headers of a request (2 % less garbage, " +
  "but a head takes 0.4 us and not 0.24), an argument found by one loop without regular expressions (0.06 us and not " +
  "0.20 in a loop, and with the network 0.999 of the time before).",
];
const BODIES_MISSED = [
  "**JSON to hono as it comes** (a812cb66, medians of 10 rounds in turns on a busy machine): hono takes 0.65 of our " +
  "time, and with the same headers 0.88 (0.80-1.12). Deno reads the first 1 KiB of a request in one piece; a body " +
  "that goes beyond comes to every handler through a stream and two promises. Of our processor time the kernel takes " +
  "31 %, Deno's native code 22 %, its stream 6 %, decoding 5 %, JSON.parse 4 %, and our own code a fifth, in which " +
  "no function has more than 2.2 %.",
  "Tried: UTF-8 decoded leniently and looked through for U+FFFD (kept: 0.22 us for 1 KiB and not 1.02); a body that " +
  "Deno has whole is taken without a promise (kept: all bodies of 300 bytes, none of 1 KiB); the values of a form " +
  "decoded where they lie (kept: 10.8 us for a whole request in a loop and not 15.0); the stream collected from " +
  "inside Deno's Request in place of `bytes()` (no gain: 45 us to 42).",
  "Looked at again, in 12 short rounds in turns: hono with the same headers takes 0.87 of our time for JSON, 1.21 " +
  "for the form. That a form had seemed cheaper than JSON of the same size was the machine: in two runs of these a " +
  "form took as long or longer, on each server. Deno reads a connection in pieces of 1 KiB, and in larger ones once " +
  "it has had a large body: a request of 1 to 4 KiB, which both are, is the one that never comes whole.",
];

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
  missed: [
    ...GET_MISSED,
    "**GET on the listen engine** has become no dearer: hello has become cheaper, since reads wait for each other. " +
    "Earlier runs gave 1.07 (1.03-1.09, before that) and 0.85 (0.69-1.00, on a busier machine).",
  ],
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
  missed: BODIES_MISSED,
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
