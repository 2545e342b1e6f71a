/** A connection as the pool sees it. */
export interface PooledConnection {
  /** Tells whether another request can go over it. */
  readonly isUsable: boolean;
  /** Closes it. */
  close(): void;
}

/** A claim to one of the connections that may be open; to be given back once. */
export interface Lease<C extends PooledConnection> {
  /** An idle connection of the key, or `null`: then the holder may open one. */
  readonly connection: C | null;
  /** Gives the claim back, with a connection that is idle now or with `null`. */
  release(connection: C | null): void;
}

/** Limits of a {@linkcode ConnectionPool}. */
export interface PoolLimits {
  /** The most leases at a time. */
  readonly total: number;
  /** The most leases of one host. */
  readonly perHost: number;
}

interface Waiter<C extends PooledConnection> {
  readonly host: string;
  readonly key: string;
  readonly resolve: (lease: Lease<C>) => void;
}

/**
 * Keeps idle connections by key, the one last used first, and makes requests wait for their turn in order. It opens
 * nothing and has no timer.
 */
export class ConnectionPool<C extends PooledConnection> {
  static #Claim = class<C extends PooledConnection> implements Lease<C> {
    readonly connection: C | null;
    readonly #pool: ConnectionPool<C>;
    readonly #host: string;
    readonly #key: string;
    #isHeld = true;

    constructor(pool: ConnectionPool<C>, host: string, key: string, connection: C | null) {
      this.#pool = pool;
      this.#host = host;
      this.#key = key;
      this.connection = connection;
    }

    release(connection: C | null): void {
      if (!this.#isHeld) return;
      this.#isHeld = false;
      this.#pool.#release(this.#host, this.#key, connection);
    }
  };

  readonly #limits: PoolLimits;
  readonly #idle = new Map<string, C[]>();
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter<C>>();
  /** Leases by host. */
  readonly #leases = new Map<string, number>();
  #leased = 0;
  #isClosed = false;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /** Number of leases. */
  get active(): number {
    return this.#leased;
  }

  /** Number of requests that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Number of idle connections. */
  get idle(): number {
    let count = 0;
    for (const connections of this.#idle.values()) count += connections.length;
    return count;
  }

  /** Takes a lease if there is one. Then no request waits that could take it: each release serves those first. */
  tryLease(host: string, key: string): Lease<C> | null {
    if (this.#isClosed) throw new Error("Cannot fetch: the client is closed");
    return this.#hasRoom(host) ? this.#lease(host, key) : null;
  }

  /**
   * Waits for a lease.
   *
   * @returns A function that gives the place in the queue up.
   */
  wait(host: string, key: string, resolve: (lease: Lease<C>) => void): () => void {
    const waiter: Waiter<C> = { host, key, resolve };
    this.#waiters.add(waiter);
    return () => {
      this.#waiters.delete(waiter);
    };
  }

  /** Forgets an idle connection that has ended. */
  forget(key: string, connection: C): void {
    const connections = this.#idle.get(key);
    const at = connections?.indexOf(connection) ?? -1;
    if (at < 0 || connections === undefined) return;
    connections.splice(at, 1);
    if (connections.length === 0) this.#idle.delete(key);
  }

  /** Closes all idle connections; those in use are closed when they are given back. */
  close(): void {
    this.#isClosed = true;
    const all = [...this.#idle.values()].flat();
    this.#idle.clear();
    for (const connection of all) connection.close();
  }

  #hasRoom(host: string): boolean {
    return this.#leased < this.#limits.total && (this.#leases.get(host) ?? 0) < this.#limits.perHost;
  }

  #lease(host: string, key: string): Lease<C> {
    this.#leased++;
    this.#leases.set(host, (this.#leases.get(host) ?? 0) + 1);
    return new ConnectionPool.#Claim(this, host, key, this.#takeIdle(key));
  }

  #release(host: string, key: string, connection: C | null): void {
    this.#leased--;
    const left = (this.#leases.get(host) ?? 1) - 1;
    if (left === 0) this.#leases.delete(host);
    else this.#leases.set(host, left);
    if (connection !== null) this.#keep(key, connection);
    else this.#dropEmpty(key);
    this.#serve();
  }

  #takeIdle(key: string): C | null {
    const connections = this.#idle.get(key);
    while (connections !== undefined) {
      const connection = connections.pop();
      // The list stays for the connection that comes back.
      if (connection?.isUsable) return connection;
      if (connection === undefined) break;
      connection.close();
    }
    return null;
  }

  #keep(key: string, connection: C): void {
    if (this.#isClosed || !connection.isUsable) {
      this.#dropEmpty(key);
      return connection.close();
    }
    const connections = this.#idle.get(key);
    if (connections === undefined) this.#idle.set(key, [connection]);
    else connections.push(connection);
  }

  /** Drops the list of a key if it has nothing left, and nothing came back to it. */
  #dropEmpty(key: string): void {
    if (this.#idle.get(key)?.length === 0) this.#idle.delete(key);
  }

  /** Serves those that wait, in order; one whose host has no room lets the others pass. */
  #serve(): void {
    if (this.#waiters.size === 0) return;
    for (const waiter of this.#waiters) {
      if (this.#leased >= this.#limits.total) return;
      if (!this.#hasRoom(waiter.host)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(this.#lease(waiter.host, waiter.key));
    }
  }
}
