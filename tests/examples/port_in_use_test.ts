import { assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

const EXAMPLES = ["acl", "blog", "chat", "dashboard", "drawing_board", "file_upload", "websocket_chat"];

test("an example whose port is taken says so in one line, and ends with 1", async () => {
  using taken = Deno.listen({ port: 0 });
  const { port } = taken.addr;
  const directory = await Deno.makeTempDir();
  for (const example of EXAMPLES) {
    const files = example === "file_upload" ? [`--directory=${directory}`] : [];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "-A", `examples/${example}/main.ts`, `--port=${port}`, ...files],
      cwd: projectRoot,
    }).output();
    assertEquals([example, code, new TextDecoder().decode(stderr)], [example, 1, `port ${port} is in use\n`]);
  }
  await Deno.remove(directory, { recursive: true });
});
