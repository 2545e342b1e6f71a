import { assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

/** One of each way to listen: the others are like the first, as the second test checks. */
const EXAMPLES = [
  "hello.ts",
  "cluster_chat/main.ts",
  "google_auth/main.ts",
  "hub_proxy/main.ts",
  "supervised_chat/main.ts",
  "tcp_echo/main.ts",
];

/** Arguments that some of them need to start. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  google_auth: ["--key=key", "--secret=secret"],
};

test("an example whose port is taken says so in one line, and ends with 1", async () => {
  using taken = Deno.listen({ port: 0 });
  const { port } = taken.addr;
  for (const example of EXAMPLES) {
    const name = example.slice(0, example.indexOf("/"));
    const own = OPTIONS[name] ?? [];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--quiet", "--no-check", "-A", `examples/${example}`, `--port=${port}`, ...own],
      cwd: projectRoot,
    }).output();
    assertEquals([example, code, new TextDecoder().decode(stderr)], [example, 1, `port ${port} is in use\n`]);
  }
}, { deadline: 180 });

test("all examples listen by the function that says so", () => {
  const examples = Array.from(Deno.readDirSync(`${projectRoot}examples`)).flatMap(({ name, isDirectory }) =>
    isDirectory && name !== "shared" && name !== "webspider" ? [name] : []
  );
  const others = examples.filter((example) => {
    const folder = `${projectRoot}examples/${example}`;
    const sources = Array.from(Deno.readDirSync(folder)).filter(({ name }) => name.endsWith(".ts"));
    return !sources.some(({ name }) =>
      / from "\.\.\/shared\/(?:listen|start_login)\.ts"/.test(Deno.readTextFileSync(`${folder}/${name}`))
    );
  });
  assertEquals([examples.length > 15, others], [true, []]);
});

test("an example shows its options after --help, and ends with 0", async () => {
  const shown = {
    "hello.ts": "Options: --port=...\n",
    "blog/main.ts": "Options: --db=... --templates=... --port=...\n",
    "google_auth/main.ts": "Options: --issuer=... --key=... --secret=... --port=... --url=...\n",
    "webspider/main.ts": "Options: --url=... --workers=... --timeout=...\n",
  };
  for (const [example, expected] of Object.entries(shown)) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", "--no-lock", `examples/${example}`, "--help"],
      cwd: projectRoot,
      env: { NO_COLOR: "1" },
    }).output();
    const [said, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([code, said, errors], [0, expected, ""], example);
  }
});
