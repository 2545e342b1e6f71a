import { currentClock, type Timer } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import type { SocketAddress } from "./addresses.ts";
import { untilAborted } from "./limits.ts";

/** Seconds after which the next address is tried beside those that have not answered (RFC 8305, section 5). */
const ATTEMPT_DELAY = 0.25;

/** The way to connect to one address. */
export interface Dialer<T> {
  /** Connects; an abort of the signal closes the socket. */
  dial(address: SocketAddress, signal: AbortSignal | null): Promise<T>;
  /** Closes a connection that came too late. */
  discard(connection: T): void;
}

/**
 * Connects to the first of the addresses that answers (Happy Eyeballs, RFC 8305): they are tried one after another, the
 * next one after 250 ms or when one has failed. The other attempts are closed.
 *
 * @throws {Error} If no address can be reached: the error of the last one that failed. If there are several, its
 * `cause` is an `AggregateError` with the others in the order in which they came.
 */
export function race<T>(
  addresses: readonly SocketAddress[],
  dialer: Dialer<T>,
  signal: AbortSignal | null,
): Promise<T> {
  // Most hosts have one address, or Deno races those of a name: nothing else is needed for it.
  if (addresses.length === 1) return dialOnce(addresses[0], dialer, signal);
  return new Race(addresses, dialer, signal).promise;
}

async function dialOnce<T>(address: SocketAddress, dialer: Dialer<T>, signal: AbortSignal | null): Promise<T> {
  const dialing = dialer.dial(address, signal);
  try {
    return await untilAborted(dialing, signal);
  } catch (error) {
    if (signal?.aborted === true) dialing.then((connection) => dialer.discard(connection), () => {});
    throw error;
  }
}

class Race<T> {
  readonly promise: Promise<T>;
  readonly #resolve: (connection: T) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #dialer: Dialer<T>;
  readonly #signal: AbortSignal | null;
  readonly #left: SocketAddress[];
  readonly #attempts: AbortController = new AbortController();
  readonly #errors: Error[] = [];
  readonly #onAbort = (): void => this.#end(() => this.#reject(this.#signal?.reason));
  #pending = 0;
  #over = false;
  #timer: Timer | null = null;

  constructor(addresses: readonly SocketAddress[], dialer: Dialer<T>, signal: AbortSignal | null) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#dialer = dialer;
    this.#signal = signal;
    this.#left = interleave(addresses);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted === true) this.#onAbort();
    else this.#tryNext();
  }

  #tryNext(): void {
    this.#timer?.cancel();
    const address = this.#left.shift();
    if (address === undefined) return;
    this.#timer = this.#left.length === 0 ? null : currentClock().setTimer(() => this.#tryNext(), ATTEMPT_DELAY);
    this.#pending++;
    this.#dialer.dial(address, this.#attempts.signal).then(
      (connection) => this.#connected(connection),
      (error) => this.#failed(toError(error)),
    );
  }

  #connected(connection: T): void {
    if (this.#over) this.#dialer.discard(connection);
    else this.#end(() => this.#resolve(connection));
  }

  #failed(error: Error): void {
    this.#pending--;
    if (this.#over) return;
    this.#errors.push(error);
    if (this.#left.length > 0) return this.#tryNext();
    if (this.#pending > 0) return;
    const others = this.#errors.slice(0, -1);
    if (others.length > 0) error.cause = new AggregateError(others, "The other addresses failed as well");
    this.#end(() => this.#reject(error));
  }

  #end(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    settle();
    this.#attempts.abort();
  }
}

/** Puts addresses of the two IP versions in turns, beginning with that of the first (RFC 8305, section 4). */
export function interleave(addresses: readonly SocketAddress[]): SocketAddress[] {
  const isFirst = (address: SocketAddress) => isIPv6(address) === isIPv6(addresses[0]);
  const [first, second] = [addresses.filter(isFirst), addresses.filter((address) => !isFirst(address))];
  const rest = first.slice(second.length).concat(second.slice(first.length));
  const turns = first.slice(0, second.length).flatMap((address, i) => [address, second[i]]);
  return [...turns, ...rest];
}

function isIPv6(address: SocketAddress): boolean {
  return address.transport === "tcp" && address.hostname.includes(":");
}
