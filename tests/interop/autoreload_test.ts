/** A terminal, which Python makes: the program that restarts has it, and its keys reach the program once. */
import { assertEquals } from "@std/assert";
import { ProgramFolder } from "../support/reloaded.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";

const TERMINAL = `
import json, os, pty, sys
question = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(question["folder"])
    os.execv(question["deno"], ["deno", "run", "--quiet", "-A", "main.ts"])
output = b""
for sign, keys in question["steps"]:
    while sign.encode() not in output:
        output += os.read(terminal, 4096)
    os.write(terminal, keys.encode())
status = os.waitpid(pid, 0)[1]
json.dump({"code": os.waitstatus_to_exitcode(status), "output": output.decode()}, sys.stdout)
`;

test("autoreload keeps the terminal: it is there, it can be read, and Ctrl-C comes once", async () => {
  using folder = new ProgramFolder();
  folder.save(
    "main.ts",
    `import { start } from "twister/net/autoreload.ts";
start();
let interrupts = 0;
Deno.addSignalListener("SIGINT", () => {
  interrupts++;
  console.log("interrupted");
  setTimeout(() => Deno.exit(interrupts), 500);
});
console.log(\`up \${Deno.stdin.isTerminal() && Deno.stdout.isTerminal()}\`);
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) console.log("read", text.trim());
`,
  );
  const steps = [["up true", "hello\n"], ["read hello", "\x03"], ["interrupted", ""]];
  const question = { folder: folder.path, deno: Deno.execPath(), steps };
  const { code } = await askPython<{ code: number; output: string }>(["-c", TERMINAL], question);
  assertEquals(code, 1);
});
