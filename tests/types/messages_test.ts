import { assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const PROGRAMS = [
  "wrong_settings.ts",
  "wrong_rules.ts",
  "wrong_handlers.ts",
  "wrong_concurrency.ts",
  "wrong_options.ts",
  "wrong_api.ts",
  "wrong_declarations.ts",
  "wrong_client.ts",
  "wrong_sockets.ts",
  "wrong_auth.ts",
  "wrong_proxy.ts",
];

const DIRECTIVE = /^\s*\/\/ @ts-expect-error: (.*)$/;

/** Checks the programs without their directives; returns what the compiler says, by file and number of the line. */
async function complaints(): Promise<Map<string, string>> {
  using dir = new TempDir();
  for (const name of PROGRAMS) {
    const text = await Deno.readTextFile(`${projectRoot}tests/types/${name}`);
    const program = text.replaceAll("@ts-expect-error", "").replaceAll('"../../', `"${projectRoot}`);
    await Deno.writeTextFile(`${dir.path}/${name}`, program);
  }
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "check",
      "--no-lock",
      "--config",
      `${projectRoot}deno.json`,
      ...PROGRAMS.map((name) => `${dir.path}/${name}`),
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const found = new Map<string, string>();
  let message = "";
  for (const line of new TextDecoder().decode(stderr).split("\n")) {
    if (/^TS\d+ \[ERROR\]: \S/.test(line)) message = "";
    message += `${line}\n`;
    const place = line.match(/^ +at file:.*\/(\w+\.ts:\d+):\d+$/)?.[1];
    if (place !== undefined) found.set(place, (found.get(place) ?? "") + message);
  }
  return found;
}

// A compiler beside other tests takes its time.
test("the compiler says of each mistake what is written beside it", async () => {
  const found = await complaints();
  const unsaid = [];
  for (const name of PROGRAMS) {
    const lines = (await Deno.readTextFile(`${projectRoot}tests/types/${name}`)).split("\n");
    for (const [index, line] of lines.entries()) {
      const expected = line.match(DIRECTIVE)?.[1];
      // The mistake is on the line below, and lines count from 1.
      const place = `${name}:${index + 2}`;
      const said = found.get(place);
      if (expected !== undefined && !said?.includes(expected)) unsaid.push({ place, expected, said });
    }
  }
  assertEquals(unsaid, []);
  // A wrong reply is a matter of the program; the compiler used to name the code of `reply` as well.
  const overloads = [...found].filter(([place, said]) =>
    place.startsWith("typed_handler.ts") && said.includes("TS2793")
  );
  assertEquals(overloads, []);
}, { deadline: 300 });
