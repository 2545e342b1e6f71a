import { sleep } from "../../src/concurrency/gen.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

/** Pages of the site, of which each leads to the next two. */
const PAGES = 20;

class HomeHandler extends RequestHandler {
  override get(): void {
    this.write(`<a href="/page/1">first</a> <a class="far" href="https://example.com/">elsewhere</a>
      <a href="/missing">nothing</a> <a href="/slow">for ever</a> <a href="#top">top</a>`);
  }
}

class PageHandler extends RequestHandler {
  override get(number: string): void {
    const next = [Number(number) * 2, Number(number) * 2 + 1].filter((page) => page <= PAGES);
    this.write(next.map((page) => `<a href="${page}#text">page ${page}</a>`).join(" ") + ` <a href="/">home</a>`);
  }
}

/** Answers only when its client has left. */
class SlowHandler extends RequestHandler {
  readonly #gone: AbortController = new AbortController();

  override async get(): Promise<void> {
    await sleep(3600, { signal: this.#gone.signal }).catch(() => {});
  }

  override onConnectionClose(): void {
    this.#gone.abort();
  }
}

/** Makes a small site, with a page that is missing and one that does not come. */
export function makeSite(): Application {
  return new Application([["/", HomeHandler], [String.raw`/page/(\d+)`, PageHandler], ["/slow", SlowHandler]], {
    logFunction() {},
  });
}
