/**
 * The application that `h1_conformance.py` checks, on either engine.
 *
 *     deno run -A tests/conformance/server.ts --port=N [--engine=listen|serve] [--max-body-size=B] [--header-timeout=S]
 *
 * It prints `listening N` when it is ready; port 0 takes a free one.
 *
 * @module
 */
import { Application, RequestHandler } from "@twister/twister/web";

class HelloHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }

  override head(): void {
    this.get();
  }
}

class EchoHandler extends RequestHandler {
  override post(): void {
    this.setHeader("Content-Type", "application/octet-stream");
    this.write(this.request.body);
  }
}

class HeadersHandler extends RequestHandler {
  override get(): void {
    const entries = [...this.request.headers.entries()];
    this.write(Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])));
  }
}

class ArgsHandler extends RequestHandler {
  override get(): void {
    const names = Object.keys(this.request.queryArguments);
    this.write(Object.fromEntries(names.map((name) => [name, this.getQueryArguments(name)])));
  }
}

class SlowHandler extends RequestHandler {
  override async get(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    this.write("slow");
  }
}

class StatusHandler extends RequestHandler {
  override get(code: string): void {
    this.setStatus(Number(code));
  }
}

const app = new Application([
  ["/", HelloHandler],
  ["/echo", EchoHandler],
  ["/headers", HeadersHandler],
  ["/args", ArgsHandler],
  ["/slow", SlowHandler],
  ["/status/(204|304)", StatusHandler],
]);

/** The value of `--name=value`, or `null`. */
function option(name: string): string | null {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
}

const port = Number(option("port") ?? 8888);
const engine = option("engine") ?? "listen";
const maxBodySize = option("max-body-size");
const headerTimeout = option("header-timeout");

const address = { address: "127.0.0.1" };
const limit = maxBodySize === null ? {} : { maxBodySize: Number(maxBodySize) };
let server: { readonly port: number };
if (engine === "serve") {
  // Deno.serve has no time-out for heads.
  server = app.listen(port, { engine: "serve", ...address, ...limit });
} else if (engine === "listen") {
  const seconds = headerTimeout === null ? {} : { headerTimeout: Number(headerTimeout) };
  server = app.listen(port, { ...address, ...limit, ...seconds });
} else {
  throw new Error(`Unknown engine "${engine}": it is "listen" or "serve"`);
}
console.log(`listening ${server.port}`);
