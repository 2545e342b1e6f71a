// Two servers behind haproxy or nginx, which are restarted in turns.
import { startNginx } from "../tests/support/nginx.ts";
import { startHaproxy } from "../tests/support/peer.ts";
import type { RestartedSite } from "./restarts.ts";
import { denoPeer } from "./support.ts";

/** Connections to each server that nginx keeps. */
const KEPT = 32;

/**
 * Milliseconds between a server that is ready and the end of the next one: haproxy, which asks twice a second, has seen
 * the first one by then, and nginx tries it again.
 */
const SETTLE_MS = 1500;
/** Milliseconds between two questions whether a server is ready. */
const ASK_MS = 20;

/** A balancer in front of some addresses. */
interface Balancer extends AsyncDisposable {
  readonly port: number;
}

/** A port that no outgoing connection gets while its server is away: those begin at 32768. */
function reservedPort(): number {
  for (;;) {
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 20_000 + Math.floor(Math.random() * 10_000) });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Starts a server, and waits until it is ready and the balancer knows it, as one who deploys would. */
async function start(engine: string, port: number): Promise<Deno.ChildProcess> {
  const [program = "", ...args] = denoPeer("restarted_server.ts", engine, String(port));
  const server = new Deno.Command(program, { args, stdin: "null" }).spawn();
  while (!await isReady(port)) await pause(ASK_MS);
  await pause(SETTLE_MS);
  return server;
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const BALANCERS: Readonly<Record<string, (ports: readonly number[]) => Promise<Balancer>>> = {
  haproxy: (ports) =>
    startHaproxy(`
  option httpchk GET /readyz
  option redispatch
  retries 3
  retry-on conn-failure empty-response
  ${ports.map((port) => `server s${port} 127.0.0.1:${port} check inter 500ms fall 1 rise 1`).join("\n  ")}`),
  // It checks nothing by itself: it goes on to the other server when one does not accept. For a second after that it
  // does not ask the first one, which is less than the time in which a server that will end still answers.
  nginx: async (ports) => {
    const servers = ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=1s;`).join(" ");
    const nginx = await startNginx([`
      location / {
        proxy_pass http://site;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_next_upstream error timeout http_503;
      }`], `upstream site { ${servers} keepalive ${KEPT}; }`);
    return { port: nginx.ports[0] ?? 0, [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose]() };
  },
};

/** Starts both servers, and the balancer of that name. */
export async function startBalanced(name: string, engine: string): Promise<RestartedSite> {
  const ports = [reservedPort(), reservedPort()];
  const servers = await Promise.all(ports.map((port) => start(engine, port)));
  const balancer = await BALANCERS[name]?.(ports);
  if (balancer === undefined) throw new Error(`Unknown balancer ${name}: it is one of ${Object.keys(BALANCERS)}`);
  let restarts = 0;
  return {
    port: balancer.port,
    request: "GET / HTTP/1.1\r\nHost: site\r\n\r\n",
    answer: /^HTTP\/1\.1 200 [^]*\r\n\r\ndone$/,
    async restart(): Promise<void> {
      const at = restarts++ % ports.length;
      const server = servers[at];
      server?.kill("SIGTERM");
      const code = (await server?.status)?.code;
      servers[at] = await start(engine, ports[at] ?? 0);
      if (code !== 0) throw new Error(`A server did not end with 0, but with ${code}`);
    },
    async end(): Promise<void> {
      for (const server of servers) {
        server.kill("SIGKILL");
        await server.status;
      }
      await balancer[Symbol.asyncDispose]();
    },
  };
}
