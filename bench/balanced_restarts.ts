// Two servers behind haproxy and behind nginx are restarted in turns, while clients ask without a pause. Whatever is
// not a whole 200 counts as failed, and so does a server that does not end with 0.
//
//   deno task check:rolling-restart [--requests=100000] [--balancers=haproxy,nginx] [--engine=listen]
import { startNginx } from "../tests/support/nginx.ts";
import { startHaproxy } from "../tests/support/peer.ts";
import { AskingClients } from "./asking_clients.ts";
import { denoPeer, listArgument, numberArgument } from "./support.ts";

const CLIENTS = 32;
const MIN_RESTARTS = 6;
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
      }`], `upstream site { ${servers} keepalive ${CLIENTS}; }`);
    return { port: nginx.ports[0] ?? 0, [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose]() };
  },
};

/** Restarts the servers in turns until the clients have asked often enough; returns how many requests failed. */
async function restartBehind(name: string, engine: string, requests: number): Promise<number> {
  const ports = [reservedPort(), reservedPort()];
  const servers = await Promise.all(ports.map((port) => start(engine, port)));
  const balancer = await BALANCERS[name]?.(ports);
  if (balancer === undefined) throw new Error(`Unknown balancer ${name}: it is one of ${Object.keys(BALANCERS)}`);
  const clients = new AskingClients({
    port: balancer.port,
    clients: CLIENTS,
    request: "GET / HTTP/1.1\r\nHost: site\r\n\r\n",
    answer: /^HTTP\/1\.1 200 [^]*\r\n\r\ndone$/,
  });
  let restarts = 0;
  let faulty = 0;
  while (clients.asked < requests || restarts < MIN_RESTARTS) {
    const at = restarts++ % 2;
    const server = servers[at];
    server?.kill("SIGTERM");
    if ((await server?.status)?.code !== 0) faulty++;
    servers[at] = await start(engine, ports[at] ?? 0);
  }
  await clients.stop();
  for (const server of servers) {
    server.kill("SIGKILL");
    await server.status;
  }
  await balancer[Symbol.asyncDispose]();
  console.log(`${name}, ${engine}: ${restarts} restarts, ${clients.lost} failed of ${clients.asked} requests`);
  if (faulty > 0) console.log(`${faulty} servers did not end with 0`);
  for (const [fault, count] of clients.faults) console.log(`${count} times ${fault}`);
  return clients.lost + faulty;
}

let failed = 0;
for (const engine of listArgument("engine", ["listen"])) {
  for (const name of listArgument("balancers", ["haproxy", "nginx"])) {
    failed += await restartBehind(name, engine, numberArgument("requests", 100000));
  }
}
Deno.exit(failed === 0 ? 0 : 1);
