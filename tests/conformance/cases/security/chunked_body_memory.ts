/**
 * A chunk `0000000000000000000000001 x` takes 30 bytes on the wire for one byte of body. What is kept of a read must
 * not be as large as the read: a view on its buffer keeps all of that alive, and `maxBodySize` then bounds a small part
 * of the memory only.
 */
const [checkout = ".", role = "attack", kind = "handler"] = Deno.args;
const LIMIT = 4 * 1024 * 1024;
if (role === "server") {
  const { Application, RequestHandler } = await import(new URL("src/web/mod.ts", directory(checkout)).href);
  const { HTTPServer } = await import(new URL("src/http/httpserver.ts", directory(checkout)).href);
  class Sink extends RequestHandler {
    post(): void {
      this.write("taken");
    }
  }
  const options = { maxBodySize: LIMIT };
  const server = kind === "handler"
    ? new Application([["/", Sink]]).listen(0, { ...options, address: "127.0.0.1" })
    : new HTTPServer((request: { connection: { close(): void } }) => request.connection.close(), options);
  if (kind !== "handler") server.listen(0, { address: "127.0.0.1" });
  console.log(server.port);
} else {
  let held = true;
  for (const [receiver, zeros] of [["handler", 24], ["function", 56]] as const) {
    const { port, pid } = await start(import.meta.url, checkout, receiver);
    const base = rss(pid);
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const write = async (text: string) => {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    };
    await write("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunks = 20_000;
    const many = `${"0".repeat(zeros)}1\r\nx\r\n`.repeat(chunks);
    // The body is never complete, and below the limit.
    for (let sent = 0; sent + chunks < LIMIT * 0.9; sent += chunks) await write(many);
    await sleep(1000);
    const grown = rss(pid) - base;
    const ok = grown < 60;
    console.log(
      `${receiver}: ${LIMIT / 2 ** 20} MiB of body may come, memory has grown by ${grown} MB${ok ? "" : "  <- FAULT"}`,
    );
    held &&= ok;
    Deno.kill(pid, "SIGKILL");
  }
  console.log(held ? "held" : "FAULT");
  Deno.exit(held ? 0 : 1);
}

// What the scripts of this folder share: each of them can be copied and run alone.
function directory(path: string): URL {
  return new URL(`file://${Deno.realPathSync(path)}/`);
}
async function start(
  script: string,
  path: string,
  ...more: string[]
): Promise<{ port: number; pid: number; ended: () => boolean }> {
  const args = ["run", "-A", "--no-check", new URL(script).pathname, path, "server", ...more];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
  let over = false;
  child.status.then(() => over = true);
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("the server did not start");
    text += new TextDecoder().decode(value);
  }
  return { port: Number(text), pid: child.pid, ended: () => over };
}
function rss(pid: number): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
