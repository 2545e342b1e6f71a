/**
 * A body of type application/x-www-form-urlencoded may be 100 MiB by default, and each of its fields costs far more
 * memory than the two bytes `a&` that it takes to send. Nobody is logged in, and the path need not exist: bodies are
 * parsed before `prepare`.
 *
 * Tornado allows 1000 fields since 6.5.8, in the query as well since 6.5.9.
 */
const [checkout = ".", role = "attack"] = Deno.args;
if (role === "server") {
  const { Application, RequestHandler } = await import(new URL("src/web/mod.ts", directory(checkout)).href);
  class Home extends RequestHandler {
    get(): void {
      this.write("hello");
    }
  }
  console.log(new Application([["/", Home]]).listen(0, { address: "127.0.0.1" }).port);
} else {
  const { port, pid, ended } = await start(import.meta.url, checkout);
  const base = rss(pid);
  let worst = 0, most = base, watching = true;
  const others = (async () => {
    while (watching) {
      const begin = performance.now();
      try {
        await (await fetch(`http://127.0.0.1:${port}/`)).text();
      } catch {
        // Told below.
      }
      worst = Math.max(worst, performance.now() - begin);
      most = Math.max(most, rss(pid));
      await sleep(20);
    }
  })();
  await sleep(300);
  const answers: string[] = [];
  for (const megabytes of [6, 60]) {
    // The second one ends a server that takes it, after a minute: there is nothing to learn from that where the first
    // has shown it.
    if (most - base < 400) answers.push(`${megabytes} MB: ${await post(port, "a&".repeat(megabytes * 500_000))}`);
    most = Math.max(most, rss(pid));
  }
  await sleep(300);
  watching = false;
  await others;
  const alive = !ended();
  console.log(
    `answers ${answers.join(", ")}; memory ${base} -> ${most} MB; another client waited ${Math.round(worst)} ms; ${
      alive ? "alive" : "DEAD"
    }`,
  );
  finish(pid, alive && most - base < 400 && worst < 1000);
}

async function post(port: number, body: string): Promise<string> {
  try {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const response = await fetch(`http://127.0.0.1:${port}/nowhere`, { method: "POST", headers, body });
    await response.body?.cancel();
    return String(response.status);
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 60) : "error";
  }
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
function finish(pid: number, held: boolean): never {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
  console.log(held ? "held" : "FAULT");
  Deno.exit(held ? 0 : 1);
}
