// Tornado's web spider: deno run --allow-net examples/webspider/main.ts [--url=http://...] [--workers=10] [--timeout=5]
import { crawl } from "./spider.ts";
import { makeSite } from "./site.ts";

function argument(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

const encoder = new TextEncoder();

async function print(text: string): Promise<void> {
  for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(await Deno.stdout.write(bytes));
}

const controller = new AbortController();
const stop = () => controller.abort(new Error("interrupted"));
Deno.addSignalListener("SIGINT", stop);

const given = argument("url");
// Without an address it reads a site of its own.
await using site = given === undefined ? makeSite().listen(0, { address: "127.0.0.1" }) : null;
const start = performance.now();
try {
  const { fetched, failed } = await crawl(given ?? `http://127.0.0.1:${site?.port}/`, {
    workers: Number(argument("workers") ?? 10),
    timeout: Number(argument("timeout") ?? 5),
    signal: controller.signal,
    async report(url, links) {
      await print(`${url}\n`);
      for (const link of links) await print(`  ${link}\n`);
    },
  });
  for (const [url, reason] of failed) await print(`${url}: ${reason}\n`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  await print(`Done in ${seconds} seconds, fetched ${fetched.size} pages, ${failed.size} failed\n`);
} catch (error) {
  if (!controller.signal.aborted) throw error;
  await print("Interrupted\n");
  // What a shell returns for a program that Ctrl-C has ended.
  Deno.exitCode = 130;
}
Deno.removeSignalListener("SIGINT", stop);
