// Static files side by side with a plain handler on Deno.serve, Tornado and nginx: 1 KiB, 1 MiB, 1 GiB, and a file that
// the client has already; medians of alternating rounds in one run. Needs wrk, and taskset for the pinning.
//
//   deno task bench:static [--rounds=5] [--seconds=2] [--only=1 KiB,304] [--peers=Twister,nginx]
import { makeFiles, STATIC_CASES, staticPeers } from "./static_site.ts";
import { listArgument, numberArgument } from "./support.ts";
import { compare } from "./wrk.ts";

const rounds = numberArgument("rounds", 5);
const seconds = numberArgument("seconds", 2);
const [only, wantedPeers] = [listArgument("only"), listArgument("peers")];

const scratch = await Deno.makeTempDir();
const root = `${scratch}/root`;
try {
  await makeFiles(root);
  const cases = STATIC_CASES.filter(({ name }) => only.length === 0 || only.includes(name));
  const peers = (await staticPeers(scratch, root)).filter(({ name }) =>
    wantedPeers.length === 0 || wantedPeers.some((part) => name.startsWith(part))
  );
  await compare(peers, cases, { rounds, seconds, ours: "Twister" });
} finally {
  await Deno.remove(scratch, { recursive: true });
}
