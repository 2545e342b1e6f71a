// The serve engine where Deno itself is the server's other half: HTTP/2 with curl, and `deno serve`.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";

const certificates = `${projectRoot}/tests/support/certs`;

class Echo extends RequestHandler {
  override get(): void {
    this.write(`${this.request.method} ${this.request.fullUrl()} ${this.request.headers.get("Host")}`);
  }

  override post(): void {
    this.write(this.request.body);
  }
}

class Stream extends RequestHandler {
  override async get(): Promise<void> {
    for (const chunk of ["one ", "two ", "three"]) {
      this.write(chunk);
      await this.flush();
    }
  }
}

class Wrong extends RequestHandler {
  override async get(): Promise<void> {
    this.write("begun");
    await this.flush();
    throw new Error("boom");
  }
}

const app = new Application([["/stream", Stream], ["/wrong", Wrong], ["/.*", Echo]], { logFunction() {} });

/** Runs curl and returns what it printed: head, body and the version that was spoken. */
async function curl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await new Deno.Command("curl", {
    args: [
      "--silent",
      "--show-error",
      "--include",
      "--cacert",
      `${certificates}/ca.pem`,
      "--write-out",
      "\nHTTP/%{http_version}",
    ]
      .concat(args),
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

test("HTTP/2: curl agrees on it by ALPN, and the host is that of the target", async () => {
  const sslOptions = { certfile: `${certificates}/server.pem`, keyfile: `${certificates}/server_key.pem` };
  await using server = app.listen(0, { engine: "serve", address: "127.0.0.1", sslOptions });
  const base = `https://localhost:${server.port}`;
  const text = await curl(`${base}/a/../b?c=d`, "--path-as-is");
  assertMatch(text, /^HTTP\/2 200 \r\n/);
  assertStringIncludes(text, `\r\n\r\nGET ${base}/a/../b?c=d localhost:${server.port}\nHTTP/2`);
  assertMatch(text, /^etag: "[0-9a-f]{40}"\r$/m);
  const two = await curl(`${base}/one`, `${base}/two`);
  for (const path of ["/one", "/two"]) assertStringIncludes(two, `GET ${base}${path} localhost:${server.port}\nHTTP/2`);
  const posted = await curl(`${base}/`, "--data-binary", "x".repeat(100_000));
  assertStringIncludes(posted, `\r\n\r\n${"x".repeat(100_000)}\nHTTP/2`);
  assertStringIncludes(await curl(`${base}/stream`), "\r\n\r\none two three\nHTTP/2");
  assertMatch(await curl(`${base}/`, "--head"), /^HTTP\/2 405 \r\n/);
  assertStringIncludes(await curl(`${base}/`, "--http1.1"), "\nHTTP/1.1");
});

test("HTTP/2: curl may begin with it without TLS", async () => {
  await using server = app.listen(0, { engine: "serve", address: "127.0.0.1" });
  const base = `http://127.0.0.1:${server.port}`;
  const text = await curl("--http2-prior-knowledge", `${base}/one`);
  assertStringIncludes(text, `GET ${base}/one 127.0.0.1:${server.port}\nHTTP/2`);
});

test("HTTP/2: a body beyond the limit is 413", async () => {
  await using server = app.listen(0, { engine: "serve", address: "127.0.0.1", maxBodySize: 10 });
  const url = `http://127.0.0.1:${server.port}/`;
  assertMatch(await curl("--http2-prior-knowledge", url, "--data-binary", "x".repeat(10)), /^HTTP\/2 200 /);
  for (const length of [11, 100_000]) {
    assertMatch(await curl("--http2-prior-knowledge", url, "--data-binary", "x".repeat(length)), /^HTTP\/2 413 /);
  }
});

test("deno serve takes an Application as the default export of a module", async () => {
  const module = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const web = new URL("../../src/web/mod.ts", import.meta.url);
    await Deno.writeTextFile(
      module,
      `import { Application, RequestHandler } from ${JSON.stringify(web.href)};
       class Main extends RequestHandler {
         override get(): void {
           this.write("served to " + this.request.remoteIp);
         }
       }
       export default new Application([["/", Main]]);`,
    );
    const process = new Deno.Command(Deno.execPath(), {
      args: ["serve", "--no-prompt", "--host=127.0.0.1", "--port=0", module],
      cwd: projectRoot,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
    try {
      let url: string | undefined;
      for (let text = ""; url === undefined;) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`deno serve ended: ${text}`);
        text += value;
        url = /Listening on (http:\/\/\S+)/.exec(text)?.[1];
      }
      assertEquals(await (await fetch(url)).text(), "served to 127.0.0.1");
    } finally {
      await reader.cancel();
      process.kill("SIGKILL");
      await process.status;
    }
  } finally {
    await Deno.remove(module);
  }
});
