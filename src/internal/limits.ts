/**
 * Checks a number of bytes, or of other things that are counted, which an application gives as a limit. `Infinity` is
 * for no limit.
 *
 * @throws {RangeError} If it is not a whole number, or less than `least`. Everything is within a limit of `NaN`, and
 * positions that grow by a fraction of a byte lose bytes.
 */
export function checkLimit(name: string, limit: unknown, least = 0): void {
  if (typeof limit === "number" && limit >= least && (Number.isInteger(limit) || limit === Infinity)) return;
  throw new RangeError(`${name} must be a whole number from ${least}, not ${Deno.inspect(limit)}`);
}
