import { multi, withTimeout } from "../../src/concurrency/gen.ts";
import { Lock } from "../../src/concurrency/locks.ts";
import { Queue } from "../../src/concurrency/queues.ts";
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";

/** How {@linkcode crawl} works. */
export interface CrawlOptions {
  /** Requests at the same time. */
  readonly workers: number;
  /** Seconds for each page. */
  readonly timeout: number;
  /** Ends the crawl. */
  readonly signal: AbortSignal;
  /** Called with each page and its links. The next call waits for the promise. */
  report(url: string, links: readonly string[]): Promise<void>;
}

/** What {@linkcode crawl} has found. */
export interface Crawl {
  readonly fetched: ReadonlySet<string>;
  /** Pages that cannot be read, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Reads a page and all pages below it that it leads to. */
export async function crawl(start: string, options: CrawlOptions): Promise<Crawl> {
  const { workers, timeout, signal, report } = options;
  // The time limit of a page is that of withTimeout.
  using client = new AsyncHTTPClient({ forceInstance: true, maxClients: workers, defaults: { requestTimeout: 0 } });
  const queue = new Queue<string>();
  const reporting = new Lock();
  const seen = new Set<string>();
  const fetched = new Set<string>();
  const failed = new Map<string, string>();

  function add(url: string): void {
    if (!url.startsWith(start) || seen.has(url)) return;
    seen.add(url);
    queue.putNowait(url);
  }

  async function visit(url: string): Promise<void> {
    const links = await withTimeout((signal) => linksOf(client, url, signal), { timeout, signal });
    fetched.add(url);
    links.forEach(add);
    // A report is several writes, which must not mix with those of another worker.
    using _permit = await reporting.acquire({ signal });
    await report(url, links);
  }

  async function work(): Promise<void> {
    for await (const url of queue) {
      await visit(url).catch((error: Error) => failed.set(url, error.message));
      queue.taskDone();
    }
  }

  add(start);
  const working = multi(Array.from({ length: workers }, work));
  try {
    await queue.join({ signal });
  } finally {
    // Nothing is left to do, or nothing shall be: the loops of the workers end.
    queue.close();
    await working;
  }
  return { fetched, failed };
}

/** Returns the addresses that a page leads to, without fragments. */
async function linksOf(client: AsyncHTTPClient, url: string, signal: AbortSignal): Promise<string[]> {
  const { code, text, effectiveUrl } = await client.fetch(url, { signal, raiseError: false });
  if (code !== 200) throw new Error(`the server answers ${code}`);
  const targets = text.matchAll(/<a\s[^>]*?href="([^"#]*)/g);
  return Array.from(targets, ([, target = ""]) => new URL(target, effectiveUrl).href);
}
