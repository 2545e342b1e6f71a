// Tornado's web spider: deno run --allow-net examples/webspider/main.ts [--url=http://...] [--workers=10] [--timeout=5]
import { BaseIOStream, WebStreamDuplex } from "../../src/net/iostream.ts";
import { answerHelp, option } from "../shared/option.ts";
import { crawl } from "./spider.ts";
import { makeSite } from "./site.ts";

const output = new BaseIOStream(new WebStreamDuplex({ writable: Deno.stdout.writable }));

const controller = new AbortController();
const stop = () => controller.abort(new Error("interrupted"));
Deno.addSignalListener("SIGINT", stop);

const given = option("url");
const workers = Number(option("workers", "10"));
const timeout = Number(option("timeout", "5"));
answerHelp();
// Without an address it reads a site of its own.
await using site = given === null ? makeSite().listen(0, { address: "127.0.0.1" }) : null;
const start = performance.now();
try {
  const { fetched, failed } = await crawl(given ?? `http://127.0.0.1:${site?.port}/`, {
    workers,
    timeout,
    signal: controller.signal,
    async report(url, links) {
      await output.write(`${url}\n`);
      for (const link of links) await output.write(`  ${link}\n`);
    },
  });
  for (const [url, reason] of failed) await output.write(`${url}: ${reason}\n`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  await output.write(`Done in ${seconds} seconds, fetched ${fetched.size} pages, ${failed.size} failed\n`);
} catch (error) {
  if (!controller.signal.aborted) throw error;
  await output.write("Interrupted\n");
  // What a shell returns for a program that Ctrl-C has ended.
  Deno.exitCode = 130;
}
Deno.removeSignalListener("SIGINT", stop);
