// Signing and verifying a value for a cookie, side by side: with Tornado's functions and fastify's signer as bare
// values, with hono's helper as a handler has them. Medians of alternating rounds in one run.
//
//   deno task bench:cookies [--rounds=5]
import { NAME, SECRET, VALUE } from "./peers/cookies_timing.mjs";
import { denoPeer, median, numberArgument, peerFile, pinned, printTable, succeeds } from "./support.ts";

/** A program that prints how many microseconds the processor works for it. */
interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  /** The name of ours that does as much. */
  readonly like: string;
}

interface Sample {
  readonly sign: number;
  readonly verify: number;
}

const CPU = 0;
const FASTIFY_COOKIE = "@fastify/cookie@11.1.5";
const VALUES = "Twister, values";
const HELPER = "Twister, in a handler";

const rounds = numberArgument("rounds", 5);
const scratch = await Deno.makeTempDir();

async function findPeers(): Promise<Peer[]> {
  const peers: Peer[] = [
    { name: VALUES, command: denoPeer("cookies_twister.ts"), like: VALUES },
    { name: HELPER, command: denoPeer("cookies_twister.ts", "--helper"), like: HELPER },
    { name: "hono's helper", command: denoPeer("cookies_hono.ts"), like: HELPER },
  ];
  if (await succeeds("/usr/bin/python3", "-c", "import tornado")) {
    const command = ["/usr/bin/python3", peerFile("cookies_tornado.py"), NAME, VALUE, SECRET];
    peers.push({ name: "Tornado", command, like: VALUES });
  } else console.log("left out: Tornado (Debian package python3-tornado)");
  await Deno.writeTextFile(`${scratch}/package.json`, "{}");
  if (await succeeds("npm", "install", "--silent", "--prefix", scratch, FASTIFY_COOKIE)) {
    for (const name of ["cookies_fastify.mjs", "cookies_timing.mjs"]) {
      await Deno.copyFile(peerFile(name), `${scratch}/${name}`);
    }
    peers.push({
      name: "fastify's signer on Node",
      command: ["node", "cookies_fastify.mjs"],
      cwd: scratch,
      like: VALUES,
    });
  } else console.log("left out: fastify's signer (npm cannot install it)");
  return peers;
}

async function measure({ name, command, cwd }: Peer): Promise<Sample> {
  const [program = "", ...args] = pinned(command, CPU);
  const options = { args, stderr: "inherit" as const, ...(cwd === undefined ? {} : { cwd }) };
  const { success, stdout } = await new Deno.Command(program, options).output();
  if (!success) throw new Error(`${name} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

try {
  const peers = await findPeers();
  const samples = new Map<string, Sample[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Every other round runs backwards, so that a machine that warms up or slows down favours nobody.
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      samples.get(peer.name)?.push(await measure(peer));
    }
  }
  const time = (name: string, key: keyof Sample) => median((samples.get(name) ?? []).map((sample) => sample[key]));
  console.log(`\nmicroseconds of the processor, medians of ${rounds} rounds\n`);
  printTable(
    ["", "sign", "Twister is", "verify", "Twister is"],
    peers.map(({ name, like }) => [
      name,
      ...(["sign", "verify"] as const).flatMap((key) => [
        time(name, key).toFixed(2),
        `${(time(name, key) / time(like, key)).toFixed(2)}x`,
      ]),
    ]),
  );
} finally {
  await Deno.remove(scratch, { recursive: true });
}
