// A page as many are: it waits for one of a few connections to a database, and renders rows. With "--shed" a
// LoadShedder is in front of it, with "--refuse" one that refuses all but what is critical. /lag tells the 99th
// percentile of the event loop's delay in milliseconds since the last question, and /socket is a WebSocket.
import { Semaphore } from "../../src/concurrency/locks.ts";
import { currentClock } from "../../src/internal/clock.ts";
import { LoadShedder } from "../../src/ops/limits.ts";
import { DictLoader } from "../../src/template/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";

const POOL = 8;
const QUERY_SECONDS = 0.02;
const ROWS = Array.from({ length: 300 }, (_, i) => ({ id: i, name: `Row <${i}>`, price: i * 1.5 }));
const TEMPLATE = "<table>{% for row of rows %}<tr><td>{{ row.id }}</td><td>{{ row.name }}</td>" +
  "<td>{{ row.price }}</td></tr>{% end %}</table>";

const pool = new Semaphore(POOL);
const templateLoader = new DictLoader({ "page.html": TEMPLATE });

class Page extends RequestHandler {
  override async get(): Promise<void> {
    using _connection = await pool.acquire();
    await new Promise<void>((resolve) => currentClock().setTimer(resolve, QUERY_SECONDS));
    this.render("page.html", { rows: ROWS });
  }
}

class Stuck extends RequestHandler {
  override async get(): Promise<void> {
    await new Promise<void>(() => {});
  }
}

const sockets = new Set<Socket>();

class Socket extends WebSocketHandler {
  override open(): void {
    sockets.add(this);
  }
  override onClose(): void {
    sockets.delete(this);
  }
}

let lags: number[] = [];

class Lag extends RequestHandler {
  override get(): void {
    const sorted = lags.sort((a, b) => a - b);
    this.write({ p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, sockets: sockets.size });
    lags = [];
  }
}

let due = performance.now() + 10;
setInterval(() => {
  const now = performance.now();
  lags.push(Math.max(0, now - due));
  due = now + 10;
}, 10);

class CloseAll extends RequestHandler {
  override get(): void {
    for (const socket of [...sockets]) socket.close(1012);
    this.write("closed");
  }
}

const priorities = { "/(lag|close|stuck)": "critical" } as const;
if (Deno.args.includes("--shed")) new LoadShedder({ priorities, handshakes: 1000, retryAfter: [1, 5] });
if (Deno.args.includes("--refuse")) new LoadShedder({ priorities, maxLag: -1 });
const app = new Application([
  ["/page", Page],
  ["/stuck", Stuck],
  ["/socket", Socket],
  ["/lag", Lag],
  ["/close", CloseAll],
], { templateLoader, logFunction() {} });
const server = app.listen(0, { address: "127.0.0.1", backlog: 4096, transport: "auto" });
console.log(`listening ${server.port}`);
