// How long the engines take for a page, in turns, each output encoded as it would be to be sent.
import { median } from "./support.ts";
import { ENGINES, type Page, type Render } from "./template_pages.ts";

const encoder = new TextEncoder();
const buffer = new Uint8Array(4 << 20);

/** One sample is the mean of so many renderings that the clock's grain does not matter. */
const SAMPLE_MILLISECONDS = 4;

/** What an engine takes for a page. */
export interface Figures {
  /** Milliseconds of a rendering. */
  readonly render: number;
  /** Milliseconds from the sources to the first output, in a warm process; `null` where there is nothing to compile. */
  readonly first: number | null;
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

/** One engine on one page. */
interface Contestant {
  readonly engine: string;
  readonly render: Render;
  /** How many renderings make a sample. */
  readonly count: number;
  readonly rendered: number[];
  readonly first: number[];
}

async function contestants(page: Page): Promise<Contestant[]> {
  const found: Contestant[] = [];
  const renders: [string, Render][] = page.byHand ? [["by hand", page.byHand]] : [];
  for (const [engine, prepare] of Object.entries(ENGINES)) renders.unshift([engine, await prepare(page)]);
  let expected: string | null = null;
  for (const [engine, render] of renders) {
    const html = normal(await render(page.data));
    expected ??= html;
    if (html !== expected) throw new Error(`${engine} renders ${page.name} differently`);
    const count = Math.max(1, Math.round(SAMPLE_MILLISECONDS / await sample(render, page, 50)));
    found.push({ engine, render, count, rendered: [], first: [] });
  }
  return found;
}

/** Renders a page so many times with each engine, and returns the medians. */
export async function measurePage(page: Page, rounds: number): Promise<Map<string, Figures>> {
  const all = await contestants(page);
  for (let round = 0; round < rounds; round++) {
    for (const { engine, render, count, rendered, first } of all) {
      rendered.push(await sample(render, page, count));
      const prepare = ENGINES[engine];
      if (prepare === undefined) continue;
      const start = performance.now();
      await (await prepare(page))(page.data);
      first.push(performance.now() - start);
    }
  }
  return new Map(all.map(({ engine, rendered, first }) => [
    engine,
    { render: median(rendered), first: first.length > 0 ? median(first) : null },
  ]));
}
