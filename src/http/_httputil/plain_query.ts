/** Visible ASCII without `%` and `+`: names and values that mean themselves. */
const PLAIN = /^[!-$&-*,-~]*$/;
/** The names that are looked for here: they have nothing that separates fields. */
const NAME = /^[\w.-]+$/;
/**
 * A longer query is parsed, once: to look through it for each of its arguments would take time that grows with the
 * square of its length.
 */
const MOST_CHARACTERS = 256;

const EQUALS = 0x3d;

/**
 * Finds the last value of an argument in a query without parsing it, which would make bytes of all values: a tenth of
 * the time of a small request.
 *
 * @param from The place in the target where the query begins.
 * @returns `null` if there is no such argument; `undefined` if only parsing can tell.
 */
export function lastPlainValue(target: string, from: number, name: string): string | null | undefined {
  if (target.length - from > MOST_CHARACTERS || !NAME.test(name)) return undefined;
  const query = target.slice(from);
  if (!PLAIN.test(query)) return undefined;
  for (let end = query.length;;) {
    const start = query.lastIndexOf("&", end - 1) + 1;
    const at = start + name.length;
    if (at <= end && query.startsWith(name, start)) {
      if (at === end) return "";
      if (query.charCodeAt(at) === EQUALS) return query.slice(at + 1, end);
    }
    // Behind a separator at the very beginning there is nothing more: a search from -1 would find it again.
    if (start <= 1) return null;
    end = start - 1;
  }
}
