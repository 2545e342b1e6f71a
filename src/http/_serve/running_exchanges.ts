import type { FetchConnection } from "./connection.ts";

/**
 * The exchanges that are not over, in the order in which they began. They hold each other: a `Set` that members come to
 * and leave all the time makes a new table again and again, at a tenth of the cost of a small POST.
 */
export class RunningExchanges {
  #first: FetchConnection | null = null;
  #last: FetchConnection | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an exchange, which must not be here. */
  add(connection: FetchConnection): void {
    connection.before = this.#last;
    if (this.#last === null) this.#first = connection;
    else this.#last.after = connection;
    this.#last = connection;
    this.#size++;
  }

  /** Removes an exchange, which must be here. */
  delete(connection: FetchConnection): void {
    const { before, after } = connection;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    connection.before = connection.after = null;
    this.#size--;
  }

  /** Returns all of them, so that some may end meanwhile. */
  all(): FetchConnection[] {
    const all: FetchConnection[] = [];
    for (let each = this.#first; each !== null; each = each.after) all.push(each);
    return all;
  }
}
