// How long Twister, vento, eta and, where it is installed, Tornado take for the pages of template_pages.ts: medians of
// rounds that alternate between the engines, each output encoded as it would be to be sent.
//
//   deno run -A bench/template_ratios.ts [--rounds=40]
import { numberArgument, printTable } from "./support.ts";
import { PAGES } from "./template_pages.ts";
import { type Figures, measurePage } from "./template_turns.ts";

const rounds = numberArgument("rounds", 40);
/** Tornado's own figures: median milliseconds by page, or nothing where it is not installed. */
async function measureTornado(): Promise<Map<string, Figures>> {
  const input = PAGES.map(({ name, data, tornado }) => ({ name, data, files: tornado }));
  try {
    const child = new Deno.Command("python3", {
      args: [new URL("./template_tornado.py", import.meta.url).pathname],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      env: { PATH: `/usr/bin:${Deno.env.get("PATH") ?? ""}` },
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(input)));
    await writer.close();
    const { success, stdout } = await child.output();
    return success ? new Map(Object.entries(JSON.parse(new TextDecoder().decode(stdout)))) : new Map();
  } catch {
    return new Map();
  }
}

const tornado = await measureTornado();
for (const page of PAGES) {
  const figures = await measurePage(page, rounds);
  const python = tornado.get(page.name);
  if (python) figures.set("Tornado", python);
  const own = figures.get("Twister")?.render ?? NaN;
  const rows = [...figures].map(([engine, { render, first }]) => [
    engine,
    render.toFixed(4),
    (render / own).toFixed(2),
    first === null ? "" : first.toFixed(3),
  ]);
  printTable([page.name, "render, ms", "of ours", "compile and render once, ms"], rows);
  console.log();
}
