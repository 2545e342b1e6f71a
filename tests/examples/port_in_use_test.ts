import { assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

/** Those that listen; `webspider` is a client. */
const EXAMPLES = [
  "acl/main.ts",
  "blog/main.ts",
  "chat/main.ts",
  "dashboard/main.ts",
  "drawing_board/main.ts",
  "file_upload/main.ts",
  "hello.ts",
  "supervised_chat/main.ts",
  "websocket_chat/main.ts",
];

test("an example whose port is taken says so in one line, and ends with 1", async () => {
  using taken = Deno.listen({ port: 0 });
  const { port } = taken.addr;
  const directory = await Deno.makeTempDir();
  for (const example of EXAMPLES) {
    const files = example.startsWith("file_upload") ? [`--directory=${directory}`] : [];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--quiet", "--no-check", "-A", `examples/${example}`, `--port=${port}`, ...files],
      cwd: projectRoot,
    }).output();
    assertEquals([example, code, new TextDecoder().decode(stderr)], [example, 1, `port ${port} is in use\n`]);
  }
  await Deno.remove(directory, { recursive: true });
});
