import { RESERVED } from "../broker.ts";

/** The most UTF-16 units of a name, which clients may choose: brokers take so many in any alphabet. */
const MAX_NAME = 16_384;

/**
 * Checks the name of a topic.
 *
 * @throws {TypeError} If the name is reserved, too long, or has half of a surrogate pair, which UTF-8 cannot express.
 */
export function checkTopic(topic: string): void {
  if (topic.length > MAX_NAME) {
    throw new TypeError(`Cannot use a topic whose name has ${topic.length} characters: ${MAX_NAME} are allowed`);
  }
  if (topic.startsWith(RESERVED)) {
    throw new TypeError(`Cannot use topic ${JSON.stringify(topic)}: names that begin with U+0001 are reserved`);
  }
  if (!topic.isWellFormed()) {
    throw new TypeError(`Cannot use topic ${JSON.stringify(topic)}: the name has half of a surrogate pair`);
  }
}
