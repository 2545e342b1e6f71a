import type { HTTPServerRequest } from "../../http/httputil.ts";
import { utf8 } from "../../util/escape.ts";
import type { Balancing, HashBalancing } from "./settings.ts";
import type { StickyCookies } from "./sticky_cookies.ts";
import type { Upstream } from "./upstream.ts";

/** Chooses one of several upstreams, of which there is at least one. */
export function choose(
  balancing: Balancing,
  upstreams: readonly Upstream[],
  request: HTTPServerRequest,
  sticky: StickyCookies | null,
): Upstream {
  const [only] = upstreams;
  if (upstreams.length === 1) return only;
  if (balancing === "roundRobin") return nextInTurn(upstreams);
  if (balancing === "twoChoices") return betterOfTwo(upstreams);
  if (sticky !== null) return sticky.find(upstreams, request) ?? leastBusy(upstreams);
  if (typeof balancing === "object" && "hash" in balancing) {
    const key = keyOf(balancing, request);
    if (key !== null) return byHash(upstreams, key);
  }
  return leastBusy(upstreams);
}

function load(upstream: Upstream): number {
  return upstream.active / upstream.weight;
}

/** Those with the same load take turns: one that has just come gets no more than its share. */
function leastBusy(upstreams: readonly Upstream[]): Upstream {
  let least = Infinity;
  for (const each of upstreams) least = Math.min(least, load(each));
  return nextInTurn(upstreams.filter((each) => load(each) === least));
}

/** Weights are spread evenly: of weights 2 and 1, the turns are a b a and not a a b. */
function nextInTurn(upstreams: readonly Upstream[]): Upstream {
  let total = 0;
  for (const each of upstreams) {
    each.turn += each.weight;
    total += each.weight;
  }
  const next = upstreams.reduce((best, each) => each.turn > best.turn ? each : best);
  next.turn -= total;
  return next;
}

/** Nearly as even as the least busy of all, and proxies that do not know of each other do not all choose the same. */
function betterOfTwo(upstreams: readonly Upstream[]): Upstream {
  const first = Math.floor(Math.random() * upstreams.length);
  const second = (first + 1 + Math.floor(Math.random() * (upstreams.length - 1))) % upstreams.length;
  return load(upstreams[second]) < load(upstreams[first]) ? upstreams[second] : upstreams[first];
}

function keyOf({ hash, name = "" }: HashBalancing, request: HTTPServerRequest): string | null {
  if (hash === "address") return request.remoteIp;
  return hash === "header" ? request.headers.get(name) : request.cookies.get(name)?.value ?? null;
}

/**
 * Gives each upstream a score for the key, and takes the highest (rendezvous hashing): an upstream that comes or goes
 * moves only the keys that it gets or had.
 */
function byHash(upstreams: readonly Upstream[], key: string): Upstream {
  let best = upstreams[0];
  let highest = -Infinity;
  for (const each of upstreams) {
    // The logarithm makes the share of an upstream proportional to its weight.
    const score = -each.weight / Math.log((hashOf(`${each.name}\0${key}`) + 0.5) / 2 ** 32);
    if (score > highest) {
      highest = score;
      best = each;
    }
  }
  return best;
}

/** FNV-1a, whose bits are mixed once more: those of short texts differ too little. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
