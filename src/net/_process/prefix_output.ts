import type { Readable } from "node:stream";

const NEWLINE = 10;
/** The most bytes of a line that has not ended: more is passed on as it comes. */
const MAX_LINE = 65536;

/** The prefix of the lines of a worker. */
export function prefixOf(taskId: number): string {
  return `[${taskId}] `;
}

/** Writes each line of an output with a prefix, so that the lines of several processes can be told apart. */
export function prefixLines(output: Readable | null, prefix: string, write: (line: Uint8Array) => void): void {
  if (output === null) return;
  const head = new TextEncoder().encode(prefix);
  let rest = new Uint8Array();
  const flush = (end: number): void => {
    const line = new Uint8Array(head.length + end);
    line.set(head);
    line.set(rest.subarray(0, end), head.length);
    rest = rest.slice(end);
    write(line);
  };
  output.on("data", (chunk: Uint8Array) => {
    const joined = new Uint8Array(rest.length + chunk.length);
    joined.set(rest);
    joined.set(chunk, rest.length);
    rest = joined;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) flush(end + 1);
    if (rest.length > MAX_LINE) flush(rest.length);
  });
  output.on("end", () => {
    if (rest.length > 0) flush(rest.length);
  });
}

/** Puts a prefix before each message on the console of this isolate, since the output of threads cannot be led away. */
export function prefixConsole(prefix: string): void {
  for (const name of ["debug", "error", "info", "log", "warn"] as const) {
    const print = console[name].bind(console);
    console[name] = (...[first, ...rest]: unknown[]): void => {
      // A text may have conversions for the values after it.
      if (typeof first === "string") print(prefix + first, ...rest);
      else print(prefix.trimEnd(), first, ...rest);
    };
  }
}
