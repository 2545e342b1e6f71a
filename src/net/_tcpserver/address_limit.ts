import { events } from "../../internal/events.ts";
import { genLog } from "../../util/log.ts";
import { Seldom } from "../../internal/seldom.ts";
import { networkOf } from "../_netutil/network.ts";
import type { Place } from "./served_stream.ts";

/** Seconds between two lines of the log: whoever opens too many connections opens many. */
const LOG_SECONDS = 10;

/** Counts the connections of each client: by IPv4 address, or the first 64 bits of an IPv6 address. */
export class AddressLimit {
  readonly #most: number;
  /** It has as many entries as there are connections at most. */
  readonly #open = new Map<string, number>();
  readonly #log = new Seldom(LOG_SECONDS);

  constructor(most: number) {
    this.#most = most;
  }

  /** Tells whether a client has as many connections as it may have. */
  refuses(address: Deno.Addr): boolean {
    if (!("hostname" in address)) return false;
    const network = networkOf(address.hostname);
    if ((this.#open.get(network) ?? 0) < this.#most) return false;
    events.connections?.refused("address");
    if (this.#log.isDue()) genLog.info("Refused a connection of %s: it has %d already", network, this.#most);
    return true;
  }

  /** Counts a connection; `place` is told of its end as well. */
  take(address: Deno.Addr, place: Place): Place {
    if (!("hostname" in address)) return place;
    const network = networkOf(address.hostname);
    this.#open.set(network, (this.#open.get(network) ?? 0) + 1);
    return {
      release: () => {
        const left = (this.#open.get(network) ?? 1) - 1;
        if (left === 0) this.#open.delete(network);
        else this.#open.set(network, left);
        place.release();
      },
    };
  }
}
