// What the parts with many WebSockets share.
import { denoPeer, pinned, type ServerProcess, startServer, withFiles } from "../support.ts";
import { CLIENT_CPU, SERVER_CPU } from "../wrk.ts";

/** A server, and a client with many WebSockets to it. */
export interface ManySockets extends AsyncDisposable {
  readonly server: ServerProcess;
  /** Resolves with how many pings the client has answered, as of the next second. */
  pongs(): Promise<number>;
}

/** Starts the server of many_sockets.ts, and connects so many WebSockets. */
export async function manySockets(connections: number, ...options: string[]): Promise<ManySockets> {
  await using stack = new AsyncDisposableStack();
  // Room for a limit that is a part of the descriptors.
  const command = withFiles(1.2 * connections, denoPeer("many_sockets.ts", ...options));
  const server = stack.use(await startServer(command, { cpu: SERVER_CPU }));
  const tls = options.filter((option) => option === "--tls");
  const peer = denoPeer("socket_client.ts", String(server.port), String(connections), ...tls);
  const [program = "", ...args] = pinned(withFiles(connections, peer), CLIENT_CPU);
  const client = stack.use(new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn());
  const reader = client.stdout.pipeThrough(new TextDecoderStream()).getReader();
  stack.defer(async () => {
    await client.stdin.close();
    await reader.cancel();
  });
  const next = async () => {
    const { done, value } = await reader.read();
    if (done) throw new Error("The client did not get or keep all of its connections");
    return value;
  };
  await next();
  const kept = stack.move();
  return {
    server,
    async pongs(): Promise<number> {
      // A line that was printed before is not of now.
      const asked = performance.now();
      let text = "";
      do text = await next(); while (performance.now() - asked < 1);
      return Number(text.trim().split(" ").at(-1));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
