/**
 * Back ends that keep what they have understood of each request.
 *
 * @module
 */
import { latin1Text } from "../../../src/internal/utf8.ts";
import { HTTPServer } from "../../../src/http/httpserver.ts";
import { HTTPHeaders, ResponseStartLine } from "../../../src/http/httputil.ts";

/** A request as a back end has understood it. */
export interface Understood {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  /** As latin1 text. */
  readonly body: string;
}

/** A back end on a port. It answers each request with its target. */
export interface BackEnd extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Returns what it has understood since the last call. */
  take(): Promise<Understood[]>;
}

/** Starts the server of this library. */
export function startOwn(): BackEnd {
  let seen: Understood[] = [];
  const server = new HTTPServer((request) => {
    const { method, uri, headers, body, connection } = request;
    seen.push({ method, target: uri, headers: [...headers.getAll()], body: latin1Text(body) });
    connection?.respond(
      new ResponseStartLine("HTTP/1.1", 200, "OK"),
      new HTTPHeaders(),
      method === "HEAD" ? null : uri,
    );
  });
  server.listen(0, { address: "127.0.0.1" });
  return {
    name: "ours",
    port: server.port,
    take: () => {
      const taken = seen;
      seen = [];
      return Promise.resolve(taken);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Starts Debian's python3-tornado. */
export async function startTornado(): Promise<BackEnd> {
  const program = new URL("tornado_back_end.py", import.meta.url).pathname;
  const process = new Deno.Command("/usr/bin/python3", {
    args: [program],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  })
    .spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("python3-tornado does not start: is it installed?");
    text += value;
  }
  const [port, control] = JSON.parse(text);
  return {
    name: "python3-tornado",
    port,
    take: async () => await (await fetch(`http://127.0.0.1:${control}/`)).json(),
    async [Symbol.asyncDispose](): Promise<void> {
      process.kill("SIGKILL");
      await reader.cancel();
      await process.status;
    },
  };
}
