// A page behind a login, side by side with Tornado: the signed cookie of the user is verified, a template with twenty
// entries and a form with an XSRF token is rendered; medians of alternating rounds in one run. Needs wrk, and taskset
// for the pinning.
//
//   deno task bench:page [--rounds=5] [--seconds=2]
import { denoPeer, numberArgument, peerFile } from "./support.ts";
import { compare } from "./wrk.ts";

/** What a browser sends back. */
function cookies(first: Response): string {
  const all = first.headers.getSetCookie().map((cookie) => cookie.split(";", 1)[0]);
  if (all.length !== 2) throw new Error(`Not the cookies of the user and of the form, but ${all.join(", ")}`);
  return all.join("; ");
}

const peers = [
  { name: "Twister listen", command: denoPeer("page_twister.ts", "--engine=listen") },
  { name: "Twister serve", command: denoPeer("page_twister.ts", "--engine=serve") },
  { name: "Tornado", command: ["/usr/bin/python3", peerFile("page_tornado.py")] },
];
const page = {
  name: "page",
  path: "/",
  status: 200,
  connections: 64,
  headers: (first: Response) => ({ Cookie: cookies(first) }),
};
await compare(peers, [page], {
  rounds: numberArgument("rounds", 5),
  seconds: numberArgument("seconds", 2),
  ours: "Twister",
});
