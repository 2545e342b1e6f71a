/**
 * Python as the judge of ours: Debian's python3, with python3-tornado.
 *
 * @module
 */

/**
 * Has a program answer a question: it reads JSON from standard input, and writes JSON to standard output.
 *
 * @param program The arguments of python3: a file, or `-c` and the program.
 * @throws {Error} If the program fails; the message is what it says of that.
 */
export async function askPython<Answer = unknown[]>(program: readonly string[], question: unknown): Promise<Answer> {
  const child = new Deno.Command("/usr/bin/python3", {
    args: ["-W", "ignore", ...program],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { PYTHONIOENCODING: "utf-8" },
  }).spawn();
  // Read from the start: a program that answers while it reads would wait for us.
  const output = child.output();
  const writer = child.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(JSON.stringify(question))).then(() => writer.close());
  const [{ success, stdout, stderr }] = await Promise.all([output, written]);
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
