// The blocks of the guide that are not TypeScript are well-formed, and the commands of all pages are commands that
// there are. `tests/interop/doc_blocks_test.ts` gives those of other programs to these programs.
import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { projectRoot } from "../tools/project.ts";
import { blocksOf, otherBlocks, userPages } from "../tools/guide_blocks.ts";
import { test } from "./support/test.ts";

/** Languages that are checked here, and those that `tests/interop` gives to their own programs. */
const HERE = ["dockerfile", "ini", "js", "json", "sh"];
const INTEROP = ["haproxy", "nginx", "python", "yaml"];

/** Options of Twister's own commands, by a part of the path of the program. */
const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  "init.ts": ["--api", "--chat", "--copy", "--site"],
  "template/cli.ts": ["--check", "--compile", "--ext", "--language"],
  "net/autoreload.ts": ["--port", "--until-success"],
};

/** Options that Deno takes and does not list. */
const UNLISTED = ["--cpu-prof"];

/** A command of Deno in a block, in an indented line, or within a sentence. */
const COMMAND =
  /(?:^|`|; |&& )(?:[A-Z_]+=\S+ )*(?:\/usr\/local\/bin\/)?deno (run|compile|bundle|cache|add|serve) ([^`\n#]+)/gm;

async function output(command: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env: { NO_COLOR: "1" } })
    .output();
  return { code, text: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}

test("docs: every block of code is in a language that is checked", () => {
  const blocks = otherBlocks();
  const others = blocks.filter(({ language }) => ![...HERE, ...INTEROP].includes(language));
  assertEquals(others.map(({ place, language }) => `${place}: ${language}`), []);
});

test("docs: blocks of a shell are ones", async () => {
  for (const { place, code } of blocksOf("sh")) {
    const { code: status, text } = await output("sh", ["-n", "-c", code]);
    assertEquals(status, 0, `${place}: ${text}`);
  }
});

test("docs: blocks of JSON and JavaScript can be parsed", () => {
  for (const { code } of blocksOf("json")) assert(typeof JSON.parse(code) === "object");
  for (const { code } of blocksOf("js")) new Function(code);
});

test("docs: container files have instructions only, and start with FROM", () => {
  const instruction = /^(?:FROM \S+|WORKDIR \/\S*|COPY \S+ \S+|RUN \S.*|USER \w+|EXPOSE \d+|VOLUME \/\S+|CMD \[.*\])$/;
  for (const { place, code } of blocksOf("dockerfile")) {
    const lines = code.trim().split("\n");
    assertEquals(lines.filter((line) => !instruction.test(line)), [], place);
    assert(lines[0]?.startsWith("FROM "), place);
    for (const line of lines) if (line.startsWith("CMD ")) assert(Array.isArray(JSON.parse(line.slice(4))), place);
  }
});

test("docs: units of systemd have sections and settings only", () => {
  for (const { place, code } of blocksOf("ini")) {
    const lines = code.trim().split("\n");
    assertEquals(lines.filter((line) => !/^(?:# .*|\[[A-Z]\w+\]|[A-Z]\w+=.+|)$/.test(line)), [], place);
    assert(/^\[/.test(lines.find((line) => !/^(?:#.*)?$/.test(line)) ?? ""), place);
  }
});

test("docs: commands of Deno have options that Deno has, and programs that are there", async () => {
  const options = new Map<string, Set<string>>();
  for (const name of ["run", "compile", "bundle", "cache", "add", "serve"]) {
    const { text } = await output(Deno.execPath(), [name, "--help=full"]);
    options.set(name, new Set(text.match(/(?<![\w-])--?[A-Za-z][\w-]*/g)));
  }
  const faults: string[] = [];
  let count = 0;
  for (const [page, whole] of userPages()) {
    const text = whole.replace(/ \\\n */g, (end) => " ".repeat(end.length));
    for (const { 1: name = "", 2: rest = "", index } of text.matchAll(COMMAND)) {
      count++;
      const place = `${page}:${whole.slice(0, index).split("\n").length}`;
      const words = rest.trim().replace(/"[^"]*"/g, "TEXT").split(/[\s)]+/);
      const program = words.find((word) => /\.(?:ts|js)$/.test(word)) ?? "";
      const at = words.indexOf(program);
      for (const word of at < 0 ? words : words.slice(0, at)) {
        const option = /^--?[A-Za-z][\w-]*/.exec(word)?.[0];
        // One letter for each permission.
        const known = option === undefined || UNLISTED.includes(option) || options.get(name)?.has(option) === true ||
          /^-[A-Z]+$/.test(option) && [...option.slice(1)].every((letter) => options.get(name)?.has(`-${letter}`));
        if (!known) faults.push(`${place}: deno ${name} ${option}`);
      }
      if (/^(?:examples|src|tools|bench|tests)\//.test(program) && !await isFile(program)) {
        faults.push(`${place}: ${program}`);
      }
      const own = Object.entries(OWN_OPTIONS).find(([path]) => program.endsWith(path))?.[1] ?? null;
      const given = at < 0 || own === null
        ? []
        : words.slice(at + 1).flatMap((word) => /^--[\w-]+/.exec(word)?.[0] ?? []);
      faults.push(
        ...given.filter((option) => !own?.includes(option)).map((option) => `${place}: ${program} ${option}`),
      );
    }
  }
  assertEquals(faults, []);
  assert(count > 40, `${count} commands were found`);
});

test("docs: Twister's own commands have the options that the pages give them", async () => {
  for (const [path, options] of Object.entries(OWN_OPTIONS)) {
    const file = Object.values(config.exports).find((file) => file.endsWith(path));
    const { text } = await output(Deno.execPath(), ["run", "-A", "--no-check", `${projectRoot}${file}`, "--help"]);
    for (const option of options) {
      if (option !== "--port") assert(text.includes(option), `${path}: ${option} in ${text}`);
    }
  }
});

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(`${projectRoot}${path}`)).isFile;
  } catch {
    return false;
  }
}
