/**
 * V8 hashes a text that looks like an array index by its number, without a seed, so that anybody can choose names that
 * fall into the same place of a `Map` (CVE-2026-21717 is the same in Node's JSON.parse). 64 KiB of header are enough
 * for 5000 cookies or fields; putting them into a `Map` is then quadratic. Names of members of an object without
 * prototype are not concerned: those numbers are seeded.
 *
 * A limit for the number of fields and cookies (other servers have 100 to 2000), or another character before each name,
 * is the cure.
 */
const [checkout = "."] = Deno.args;
const root = new URL(`file://${Deno.realPathSync(checkout)}/`);
const { Application, RequestHandler } = await import(new URL("src/web/mod.ts", root).href);
const { WebSocketHandler } = await import(new URL("src/websocket/mod.ts", root).href);

class Cookies extends RequestHandler {
  get(): void {
    this.write(`${this.cookies.size}`);
  }
}
class Page extends RequestHandler {
  get(): void {
    this.write("page ".repeat(1000));
  }
}
class Socket extends WebSocketHandler {}
const app = new Application([["/cookies", Cookies], ["/page", Page], ["/ws", Socket]], { compressResponse: true });
await using server = app.listen(0, { address: "127.0.0.1" });

const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

/** About 60 KB of names, each followed by `end`. */
function names(end: string, make: (i: number) => string): string {
  let text = "";
  for (let i = 0; text.length < 60_000; i++) text += make(i) + end;
  return text;
}
const colliding = (i: number): string => String(i * 2 ** 19 % 2 ** 32);
const usual = (i: number): string => `x${(i * 2654435761) % 2 ** 32}`;

async function milliseconds(path: string, header: string): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const request = new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: h\r\n${header}\r\n`);
    const begin = performance.now();
    for (let at = 0; at < request.length;) at += await connection.write(request.subarray(at));
    await connection.read(new Uint8Array(65536));
    best = Math.min(best, performance.now() - begin);
  }
  return best;
}

let held = true;
for (
  const [what, path, before, end] of [
    ["cookies", "/cookies", "Cookie: ", "=;"],
    ["codings that are accepted", "/page", "Accept-Encoding: ", ","],
    ["fields of a WebSocket handshake", "/ws", UPGRADE, ":\r\n"],
  ]
) {
  const tail = end.endsWith("\n") ? "" : "\r\n";
  const fair = await milliseconds(path, before + names(end, usual) + tail);
  const chosen = await milliseconds(path, before + names(end, colliding) + tail);
  const ok = chosen < 40 || chosen < fair * 5;
  console.log(
    `${what}: usual names ${fair.toFixed(0)} ms, chosen ones ${chosen.toFixed(0)} ms${ok ? "" : "  <- FAULT"}`,
  );
  held &&= ok;
}
console.log(held ? "held" : "FAULT");
Deno.exit(held ? 0 : 1);
