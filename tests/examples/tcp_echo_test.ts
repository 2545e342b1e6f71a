import { assertEquals, assertMatch } from "@std/assert";
import { TCPClient } from "../../src/net/tcpclient.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function command(path: string, args: readonly string[], stderr: "inherit" | "piped" = "inherit"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-net", path, ...args],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr,
  });
}

test("examples/tcp_echo sends lines back to its client, and to any other", async () => {
  const server = command("examples/tcp_echo/main.ts", ["--port=0"]).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  const port = value.match(/^tcp:\/\/127\.0\.0\.1:(\d+)\n$/)?.[1] ?? "";
  try {
    const client = await command("examples/tcp_echo/client.ts", [`--port=${port}`, "Hello,", "echo"]).output();
    assertEquals([client.code, decode(client.stdout)], [0, "Hello, echo\n"]);

    using stream = await new TCPClient().connect("127.0.0.1", Number(port));
    stream.write(encode("one\ntwo\nthr"));
    stream.write(encode("ee\n"));
    assertEquals(decode(await stream.readBytes(14)), "one\ntwo\nthree\n");
  } finally {
    server.kill("SIGINT");
    await reader.cancel();
  }
  assertEquals((await server.status).code, 0);
});

test("examples/tcp_echo lists its options, and says what it does not know", async () => {
  const help = await command("examples/tcp_echo/main.ts", ["--help"], "piped").output();
  assertEquals(help.code, 0);
  assertMatch(decode(help.stderr), /--port .*Port to listen on/);
  const mistake = await command("examples/tcp_echo/main.ts", ["--prot=1"], "piped").output();
  assertEquals(mistake.code, 2);
  assertMatch(decode(mistake.stderr), /prot/);
});
