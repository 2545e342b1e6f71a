import { RESERVED } from "../broker.ts";

/** The most UTF-16 units of a name: brokers take it in any alphabet, and a client cannot name one that they refuse. */
const MAX_NAME = 16_384;

/**
 * Checks the name of a topic, which a client may have chosen.
 *
 * @param what The act that the error says is refused.
 * @throws {TypeError} If the name is reserved, too long, or has half of a surrogate pair, which UTF-8 cannot express.
 */
export function checkTopic(what: string, topic: string): void {
  if (topic.startsWith(RESERVED)) {
    throw new TypeError(`Cannot ${what} ${JSON.stringify(topic)}: names that begin with U+0001 are reserved`);
  }
  if (topic.length > MAX_NAME) {
    throw new TypeError(`Cannot ${what} a topic: its name has ${topic.length} characters, and ${MAX_NAME} are allowed`);
  }
  if (!topic.isWellFormed()) {
    throw new TypeError(`Cannot ${what} ${JSON.stringify(topic)}: the name has half of a surrogate pair`);
  }
}
