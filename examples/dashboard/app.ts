// The routes of the dashboard: the page, its files, the figures as JSON, and a WebSocket for each viewer.
import { fileRoutes } from "../shared/files.ts";
import { Application, DictLoader, RequestHandler, version } from "../../mod.ts";
import { type Bytes, Topics, type WebSocketCompressionOptions, WebSocketHandler } from "../../src/websocket/mod.ts";
import { Dashboard } from "./dashboard.ts";
import { MAX_MEMORY, MAX_WORK } from "./load.ts";
import chart from "./page/chart.js" with { type: "text" };
import connection from "../shared/connection.js" with { type: "text" };
import page from "./page/index.html" with { type: "text" };
import script from "./page/dashboard.js" with { type: "text" };
import style from "./page/dashboard.css" with { type: "text" };

const TOPIC = "figures";
/** RFC 6455, section 7.4.1, and for the second one the registry of close codes. */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;
const MAX_VIEWERS = 500;
const MAX_MESSAGE_BYTES = 200;
/** A page's slider ends at half of that: a slow line brings two seconds at once. */
const MAX_MESSAGES_A_SECOND = 2000;
const MAX_PINGS = MAX_MESSAGES_A_SECOND / 2;
/** A history is some 30 KB. Who leaves more than this unread is dropped, comes back, and gets the history again. */
const HIGH_WATER_MARK = 256 * 1024;
const PING_SECONDS = 30;
const CSP = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The name of each chart in page/dashboard.js, its title, and what it shows. */
const CHARTS = [
  ["connections", "Viewers", "WebSockets that are open"],
  ["messages", "Messages a second", "of all viewers together"],
  ["delay", "Event loop", "the longest that anything had to wait for its turn"],
  ["cpu", "Processor", "100 % is one processor"],
  ["memory", "Memory", "buffers and objects are part of the process"],
];

interface DashboardContext {
  readonly dashboard: Dashboard;
  readonly topics: Topics;
}

class PageHandler extends RequestHandler {
  override get(): void {
    this.setHeader("Content-Security-Policy", CSP);
    const runtime = `Twister ${version} on Deno ${Deno.version.deno}`;
    this.render("index.html", {
      runtime,
      charts: CHARTS,
      maxWork: MAX_WORK,
      maxMemory: MAX_MEMORY,
      maxPings: MAX_PINGS,
    });
  }
}

/** The figures for programs, which need no WebSocket; asking for them starts no measuring. */
class FiguresHandler extends RequestHandler {
  declare readonly kwargs: DashboardContext;

  override get(): void {
    const { running, viewers, history } = this.kwargs.dashboard;
    this.setHeader("Cache-Control", "no-store");
    this.write({ running, viewers, latest: history.at(-1) ?? null });
  }
}

class ViewerHandler extends WebSocketHandler {
  declare readonly kwargs: DashboardContext;
  #entered = false;
  #second = 0;
  #messages = 0;

  override get maxMessageSize(): number {
    return MAX_MESSAGE_BYTES;
  }

  override get highWaterMark(): number {
    return HIGH_WATER_MARK;
  }

  override getCompressionOptions(): WebSocketCompressionOptions {
    return {};
  }

  override open(): void {
    const { dashboard, topics } = this.kwargs;
    if (dashboard.viewers >= MAX_VIEWERS) return this.close(TRY_AGAIN_LATER, "There are too many viewers");
    this.#entered = true;
    dashboard.enter();
    this.writeMessage({ type: "history", history: dashboard.history, load: dashboard.load });
    dashboard.meter.addSent(1);
    topics.subscribe(TOPIC, this);
  }

  override onMessage(message: string | Bytes): void {
    // What was on its way when the client was closed still comes.
    if (this.wsConnection === null) return;
    const { dashboard } = this.kwargs;
    dashboard.meter.addReceived();
    if (this.#isTooMuch(performance.now())) return this.close(POLICY_VIOLATION, "Too many messages");
    if (message === "ping") {
      this.writeMessage("pong");
      dashboard.meter.addSent(1);
      return;
    }
    const load = readLoad(message);
    if (load === null) return this.close(POLICY_VIOLATION, "Neither a ping nor a load");
    dashboard.setLoad(load);
  }

  override onClose(): void {
    if (this.#entered) this.kwargs.dashboard.leave();
  }

  #isTooMuch(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#messages = 0;
    this.#second = second;
    return ++this.#messages > MAX_MESSAGES_A_SECOND;
  }
}

/** A load from JSON; `null` for everything else. */
function readLoad(message: string | Bytes): { work: number; memory: number } | null {
  if (typeof message !== "string") return null;
  try {
    const { work, memory }: { work?: unknown; memory?: unknown } = Object(JSON.parse(message));
    return typeof work === "number" && typeof memory === "number" ? { work, memory } : null;
  } catch {
    return null;
  }
}

/** A dashboard of this process. */
export function makeDashboard(): Application {
  const topics = new Topics();
  const context: DashboardContext = { topics, dashboard: new Dashboard((news) => topics.publish(TOPIC, news)) };
  return new Application([
    ["/", PageHandler],
    ["/figures", FiguresHandler, context],
    ["/socket", ViewerHandler, context],
    ...fileRoutes({
      "/chart.js": chart,
      "/shared/connection.js": connection,
      "/dashboard.css": style,
      "/dashboard.js": script,
    }),
  ], {
    templateLoader: new DictLoader({ "index.html": page }),
    websocketPingInterval: PING_SECONDS,
  });
}
