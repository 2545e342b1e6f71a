// The pages of template_pages.ts in Twister, vento and eta: `deno bench -A bench/template_bench.ts`.
// template_ratios.ts measures them against each other and against Tornado.
import { ENGINES, PAGES } from "./template_pages.ts";

for (const page of PAGES) {
  for (const [engine, prepare] of Object.entries(ENGINES)) {
    const render = await prepare(page);
    Deno.bench({ name: `${page.name}: ${engine}`, group: page.name, baseline: engine === "Twister" }, async () => {
      await render(page.data);
    });
  }
  const { byHand } = page;
  if (byHand !== undefined) {
    Deno.bench({ name: `${page.name}: by hand`, group: page.name }, () => {
      byHand(page.data);
    });
  }
}

for (const page of PAGES) {
  for (const [engine, prepare] of Object.entries(ENGINES)) {
    const group = `${page.name}, compiled and rendered once`;
    Deno.bench({ name: `${group}: ${engine}`, group, baseline: engine === "Twister" }, async () => {
      await (await prepare(page))(page.data);
    });
  }
}
