// Stands for a language model: text that comes token by token, with pauses as of a machine that thinks.

/** Words of many kinds, so that a token that is lost or doubled shows; spaces and line ends belong to them. */
const SUBJECTS = ["The server", "A phone in a tunnel", "The reader", "Every token", "A proxy", "The log"];
const VERBS = [" keeps", " forgets", " repeats", " waits for", " carries", " counts"];
const OBJECTS = [
  " the last word",
  " its position",
  " a connection",
  " größere Dateien",
  " 🙂 and more",
  " nothing at all",
];

/** Yields the tokens of a text about a question: the same text for the same question. */
export async function* write(question: string, length: number, pause: () => Promise<void>): AsyncGenerator<string> {
  let seed = 7;
  for (const char of question) seed = (seed * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  const pick = (words: readonly string[]) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return words[seed % words.length] ?? "";
  };
  for (let i = 0; i < length; i++) {
    await pause();
    if (i % 4 === 3) yield i % 20 === 19 ? ".\n\n" : ". ";
    else yield pick([SUBJECTS, VERBS, OBJECTS][i % 4] ?? []);
  }
}
