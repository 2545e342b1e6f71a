// How long Twister, vento, eta and, where it is installed, Tornado take for the pages of template_pages.ts: medians of
// rounds that alternate between the engines, each output encoded as it would be to be sent.
//
//   deno run -A bench/template_ratios.ts [--rounds=40] [--json]
import { argument, median } from "./support.ts";
import { ENGINES, type Page, PAGES, type Render } from "./template_pages.ts";

const rounds = Number(argument("rounds", "40"));
const encoder = new TextEncoder();
const buffer = new Uint8Array(4 << 20);

/** One sample is the mean of so many renderings that the clock's grain does not matter. */
const SAMPLE_MILLISECONDS = 4;

interface Figures {
  /** Milliseconds of a rendering. */
  readonly render: number;
  /** Milliseconds from the sources to the first output, in a warm process. */
  readonly first: number;
}

function normal(html: string): string {
  return html.replaceAll(/&#39;|&apos;/g, "&#x27;").replaceAll(/\s+/g, " ");
}

async function sample(render: Render, page: Page, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const result = render(page.data);
    encoder.encodeInto(typeof result === "string" ? result : await result, buffer);
  }
  return (performance.now() - start) / count;
}

async function measure(page: Page): Promise<Map<string, Figures>> {
  const renders = new Map<string, Render>();
  for (const [engine, prepare] of Object.entries(ENGINES)) renders.set(engine, await prepare(page));
  if (page.byHand) renders.set("by hand", page.byHand);
  const expected = normal(await renders.get("Twister")!(page.data));
  const counts = new Map<string, number>();
  for (const [engine, render] of renders) {
    if (normal(await render(page.data)) !== expected) throw new Error(`${engine} renders ${page.name} differently`);
    const time = await sample(render, page, 50);
    counts.set(engine, Math.max(1, Math.round(SAMPLE_MILLISECONDS / time)));
  }
  const samples = new Map(
    [...renders.keys()].map((engine) => [engine, { render: [] as number[], first: [] as number[] }]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [engine, render] of renders) {
      samples.get(engine)!.render.push(await sample(render, page, counts.get(engine)!));
      const prepare = ENGINES[engine];
      if (prepare === undefined) continue;
      const start = performance.now();
      await (await prepare(page))(page.data);
      samples.get(engine)!.first.push(performance.now() - start);
    }
  }
  return new Map(
    [...samples].map(([engine, { render, first }]) => [engine, { render: median(render), first: median(first) }]),
  );
}

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
    await writer.write(encoder.encode(JSON.stringify(input)));
    await writer.close();
    const { success, stdout } = await child.output();
    return success ? new Map(Object.entries(JSON.parse(new TextDecoder().decode(stdout)))) : new Map();
  } catch {
    return new Map();
  }
}

const tornado = await measureTornado();
for (const page of PAGES) {
  const figures = await measure(page);
  const python = tornado.get(page.name);
  if (python) figures.set("Tornado", python);
  const own = figures.get("Twister")!.render;
  console.log(`\n${page.name}`);
  for (const [engine, { render, first }] of figures) {
    const ratio = engine === "Twister" ? "" : `${(render / own).toFixed(2)}x`;
    const once = Number.isNaN(first) ? "" : `${first.toFixed(3)} ms`;
    console.log(
      `  ${engine.padEnd(9)} ${render.toFixed(4).padStart(9)} ms ${
        ratio.padStart(8)
      }   compiled and rendered once ${once}`,
    );
  }
}
