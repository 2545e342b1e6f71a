import { watch } from "../../net/autoreload.ts";
import { CHECK_TIME, FileWatch } from "../../net/internal.ts";
import type { EventStream } from "../event_stream.ts";
import { RequestHandler } from "../request_handler.ts";
import type { RuleTuple } from "../_routing/rule_types.ts";
import type { Settings } from "../settings.ts";

const SCRIPT_PATH = "/_twister/autoreload.js";
const EVENTS_PATH = "/_twister/autoreload";

/** Milliseconds for which files are watched without a page that is shown: it may be about to come, or to come back. */
const IDLE_MS = 5000;

/** Seconds after which a page looks for a server that is being restarted. */
const RETRY_SECONDS = 0.1;

/**
 * The script of a page. It closes its stream while the page is hidden, since a browser has only six connections to a
 * server over HTTP/1.1.
 */
const SCRIPT = `(() => {
  let { version } = document.currentScript.dataset;
  let events = null;
  const connect = () => {
    events = new EventSource("${EVENTS_PATH}");
    events.addEventListener("version", ({ data }) => {
      if (version !== data) location.reload();
    });
    events.addEventListener("style", ({ data }) => {
      version = data;
      for (const old of document.querySelectorAll('link[rel~="stylesheet"]')) {
        const url = new URL(old.href);
        if (url.origin !== location.origin) continue;
        url.searchParams.set("reload", data);
        const link = old.cloneNode();
        link.href = url.href;
        link.onload = () => old.remove();
        old.after(link);
      }
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) events?.close();
    else connect();
  });
  if (!document.hidden) connect();
})();
`;

/**
 * Makes the pages of an application reload themselves when the server is restarted, or a file that they show changes.
 */
export class PageReloads {
  readonly #paths: readonly string[];
  readonly #streams = new Set<ReloadStream>();
  readonly #process = crypto.randomUUID();
  #changes = 0;
  #watch: FileWatch | null = null;
  /** When files were last watched, in milliseconds since the epoch. */
  #stoppedAt = Infinity;
  #idleTimer: ReturnType<typeof setTimeout> | null = null;

  /** @param settings Settings that name the directories of templates and static files. */
  constructor({ templatePath, staticPath, compiledTemplateCache }: Settings) {
    // A template that is kept does not change without a restart.
    if (templatePath && compiledTemplateCache !== false) watch(templatePath);
    this.#paths = [compiledTemplateCache === false ? templatePath : undefined, staticPath].filter((path) => !!path)
      .map(String);
  }

  /** Returns HTML that loads the script, for a page that is being made. From now on its files are watched. */
  html(): string {
    if (this.#watch === null) {
      // Pages that were hidden all the time are told to look again: nobody has watched their files.
      if (this.#stoppedAt !== Infinity) this.#changes++;
      this.#watchFiles(Date.now());
    }
    this.#stopWhenIdle(IDLE_MS);
    return `<script src="${SCRIPT_PATH}" data-version="${this.#version}"></script>`;
  }

  /** Rules for the script and its stream. */
  get rules(): RuleTuple[] {
    return [[SCRIPT_PATH, ReloadScript], [EVENTS_PATH, ReloadStream, { reloads: this }]];
  }

  /** Sends a stream the present version, and all later ones until it is removed. */
  add(stream: ReloadStream): void {
    this.#streams.add(stream);
    stream.send("version", this.#version);
    if (this.#watch === null) this.#watchFiles(Math.min(this.#stoppedAt, Date.now()));
  }

  /** Removes a stream, `isDraining` because the server ends. */
  delete(stream: ReloadStream, isDraining: boolean): void {
    this.#streams.delete(stream);
    this.#stopWhenIdle(isDraining ? 0 : IDLE_MS);
  }

  /** Files are watched while there is a stream, and for a while before and after: watching keeps a process alive. */
  #stopWhenIdle(delay: number): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      if (this.#streams.size > 0) return;
      this.#watch?.[Symbol.dispose]();
      this.#watch = null;
      this.#stoppedAt = Date.now();
    }, delay);
  }

  get #version(): string {
    return `${this.#process}-${this.#changes}`;
  }

  /** @param since A file that was changed after this time, in milliseconds since the epoch, counts as changed. */
  async #watchFiles(since: number): Promise<void> {
    const watch = this.#watch = new FileWatch(CHECK_TIME);
    await watch.add(this.#paths, since);
    while (this.#watch === watch) {
      const files = await watch.next();
      this.#changes++;
      const event = files.every((file) => file.endsWith(".css")) ? "style" : "version";
      for (const stream of this.#streams) stream.send(event, this.#version);
    }
  }
}

class ReloadScript extends RequestHandler {
  override get(): void {
    this.setHeader("Content-Type", "text/javascript; charset=utf-8");
    this.write(SCRIPT);
  }
}

class ReloadStream extends RequestHandler {
  declare readonly kwargs: { readonly reloads: PageReloads };
  #events: EventStream | null = null;

  override async get(): Promise<void> {
    const events = this.#events = this.eventStream({ retry: RETRY_SECONDS });
    this.kwargs.reloads.add(this);
    // A server that ends because it is restarted is back before long.
    this.kwargs.reloads.delete(this, await events.closed !== "client");
  }

  override onDrain(): void {
    this.#events?.close();
  }

  send(event: string, data: string): void {
    // A client that has gone is told by the end of the stream.
    this.#events?.send(data, { event });
  }
}
