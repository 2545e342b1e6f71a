/** Characters of one message: a broker may take no more than 1 MiB, and each may be some bytes of UTF-8. */
const LENGTH_OF_MESSAGE = 100_000;

/**
 * Divides a list into the parts of one message each; an empty list is one empty part. An item that is too long has a
 * part to itself.
 *
 * @param most The most items of a part.
 * @param lengthOf The characters that an item takes.
 */
export function messageParts<T>(items: readonly T[], most: number, lengthOf: (item: T) => number): T[][] {
  const all: T[][] = [[]];
  let [part] = all;
  let length = 0;
  for (const item of items) {
    const more = lengthOf(item);
    if (part.length > 0 && (part.length === most || length + more > LENGTH_OF_MESSAGE)) {
      all.push(part = []);
      length = 0;
    }
    part.push(item);
    length += more;
  }
  return all;
}
