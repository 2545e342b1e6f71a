/** One entry of a `.po` file. */
export interface MoMessage {
  readonly context?: string;
  readonly id: string;
  readonly plural?: string;
  /** The translation; several forms where there is a plural. */
  readonly text: string | readonly string[];
}

export interface MoFileOptions {
  /** The expression of `Plural-Forms`, after `plural=`. */
  readonly plural?: string;
  readonly charset?: string;
  readonly bigEndian?: boolean;
  /** Replaces the whole header; `null` leaves it out. */
  readonly header?: string | null;
  readonly revision?: number;
}

/**
 * The bytes of a `.mo` file, entries sorted as `msgfmt` sorts them, each string stored once for itself with a NUL after
 * it.
 */
export function moFile(messages: readonly MoMessage[], options: MoFileOptions = {}): Uint8Array<ArrayBuffer> {
  const { plural = "n != 1", charset = "UTF-8", bigEndian = false, revision = 0 } = options;
  const header = options.header === undefined
    ? `Project-Id-Version: test\nContent-Type: text/plain; charset=${charset}\nPlural-Forms: nplurals=9; plural=${plural};\n`
    : options.header;
  const encode = encoderFor(charset);
  const pairs = messages.map((message): [Uint8Array, Uint8Array] => {
    const { context, id, plural, text } = message;
    const key = (context === undefined ? "" : `${context}\u0004`) + id + (plural === undefined ? "" : `\0${plural}`);
    return [encode(key), encode(typeof text === "string" ? text : text.join("\0"))];
  });
  if (header !== null) pairs.push([encode(""), encode(header)]);
  pairs.sort(([a], [b]) => compareBytes(a, b));

  const start = 20 + 16 * pairs.length;
  const strings = [...pairs.map(([id]) => id), ...pairs.map(([, text]) => text)];
  const bytes = new Uint8Array(start + strings.reduce((size, string) => size + string.length + 1, 0));
  const view = new DataView(bytes.buffer);
  [0x950412de, revision, pairs.length, 20, 20 + 8 * pairs.length].forEach((word, i) =>
    view.setUint32(4 * i, word, !bigEndian)
  );
  let at = start;
  strings.forEach((string, i) => {
    view.setUint32(20 + 8 * i, string.length, !bigEndian);
    view.setUint32(24 + 8 * i, at, !bigEndian);
    bytes.set(string, at);
    at += string.length + 1;
  });
  return bytes;
}

/** Encodes to UTF-8 or to any character set of one byte, by reading that one backwards. */
export function encoderFor(charset: string): (text: string) => Uint8Array {
  if (/^utf-?8$/i.test(charset)) return (text) => new TextEncoder().encode(text);
  const decoder = new TextDecoder(charset);
  const table = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]));
  return (text) =>
    Uint8Array.from(text, (character) => {
      const byte = table.get(character);
      if (byte === undefined) throw new RangeError(`${charset} has no character ${JSON.stringify(character)}`);
      return byte;
    });
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}
