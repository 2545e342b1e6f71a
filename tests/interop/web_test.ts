/** The same application on python3-tornado and here, asked the same: status, headers and body must be the same. */
import { assertEquals } from "@std/assert";
import {
  addslash,
  Application,
  ErrorHandler,
  Finish,
  HTTPError,
  RedirectHandler,
  removeslash,
  RequestHandler,
} from "../../src/web/mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { test } from "../support/test.ts";

class Page extends RequestHandler {
  override get(group: string): void {
    this.write(`page ${group}`);
  }
  override head(group: string): void {
    this.write(`page ${group}`);
  }
  override post(): void {
    this.write(this.request.body);
  }
}

class Named extends RequestHandler {
  override get({ year, slug }: { year: string; slug: string }): void {
    this.write(`${year}|${slug}`);
  }
}

/** A list as Python prints it. */
function list(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(", ")}]`;
}

class Arguments extends RequestHandler {
  override get(): void {
    this.write(["a", "b", "c"].map((name) => list(this.getArguments(name))).join("\n") + this.getArgument("need"));
  }
  override post(): void {
    const all = [this.getArguments("a"), this.getBodyArguments("a"), this.getQueryArguments("a")];
    this.write(all.map(list).join(" "));
  }
}

class Status extends RequestHandler {
  override get(code: string): void {
    this.setStatus(Number(code), this.getArgument("reason", null));
    this.setHeader("Content-Language", "en");
    this.setHeader("X-Kept", "1");
  }
}

class Errors extends RequestHandler {
  override get(kind: string): void {
    this.setHeader("X-Lost", "1");
    this.write("lost");
    if (kind === "http") throw new HTTPError(403, "message %d", { args: [1] });
    if (kind === "reason") throw new HTTPError(499, null, { reason: 'A & "B"' });
    if (kind === "finish") {
      this.setStatus(401);
      throw new Finish();
    }
    if (kind === "send") this.sendError(418, { reason: "Short" });
    if (kind === "body") this.setStatus(204);
    if (kind === "error") throw new RangeError("oops");
  }
}

class Etags extends RequestHandler {
  override get(kind: string): void {
    if (kind === "own") this.setHeader("Etag", '"own"');
    if (kind === "post") this.setStatus(201);
    this.write(Uint8Array.from({ length: 200 }, (_, i) => i % 2 * 0xff));
    this.write("é");
  }
  override post(kind: string): void {
    this.get(kind);
  }
}

class Stream extends RequestHandler {
  override async get(): Promise<void> {
    for (const chunk of ["a", "", "bc"]) {
      this.write(chunk);
      await this.flush();
    }
    this.write("d");
  }
}

class Redirect extends RequestHandler {
  override get(): void {
    this.redirect(this.getArgument("to"), { permanent: this.getArgument("permanent", "") === "1" });
  }
}

class Slashes extends RequestHandler {
  @removeslash
  override get(): void {
    this.write("removed");
  }
  @addslash
  override post(): void {
    this.write("added");
  }
  @removeslash
  override head(): void {
    this.write("removed");
  }
}

class Headers extends RequestHandler {
  override setDefaultHeaders(): void {
    this.setHeader("Server", "same");
  }
  override get(): void {
    this.setHeader("x-number", 7);
    this.addHeader("X-Many", "a");
    this.addHeader("x-many", "b");
    this.setHeader("content-type", "text/x");
    this.setHeader("X-Latin", "é");
  }
}

const app = new Application([
  ["/page/(.*)", Page],
  ["/named/(?P<year>[0-9]+)/(?P<slug>.*)", Named],
  ["/arguments", Arguments],
  ["/status/([0-9]+)", Status],
  ["/errors/(.*)", Errors],
  ["/etags/(.*)", Etags],
  ["/stream", Stream],
  ["/redirect", Redirect],
  ["/slashes/*", Slashes],
  ["/headers", Headers],
  ["/moved/(.*?)/(.*)", RedirectHandler, { url: "/{1}/{0}?x=1" }],
  ["/gone", ErrorHandler, { statusCode: 410 }],
  ["/empty()", RequestHandler],
], { logFunction() {} });

const ETAG = '"0e7e52367707d140d4cc46531f7c89ec1d50fbcc"';

const MULTIPART = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nm\r\n--x--\r\n';

/** Method, target, headers, body. */
const REQUESTS: readonly [string, string, string?, string?][] = [
  ["GET", "/page/a"],
  ["GET", "/page/%C3%A9+%2F%zz?q=1"],
  ["GET", "/page/%ff"],
  ["GET", "/page/" + "x".repeat(2000)],
  ["HEAD", "/page/a"],
  ["HEAD", "/stream"],
  ["POST", "/page/a", "", "12345"],
  ["POST", "/page/a", "Transfer-Encoding: chunked", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"],
  ["PUT", "/page/a"],
  ["OPTIONS", "/page/a"],
  ["FOO", "/page/a"],
  ["get", "/page/a"],
  ["GET", "/named/2024/a%20b"],
  ["GET", "/named/x/y"],
  ["GET", "/arguments?a=1&a=+2+&b=%C3%A9&c&need=x"],
  ["GET", "/arguments?a=%00x%1F&b=%C2%85y%C2%A0&c=%E3%80%80z&need=%41"],
  ["GET", "/arguments?a=1"],
  ["GET", "/arguments?a=%ff&need=x"],
  ["POST", "/arguments?a=1", "Content-Type: application/x-www-form-urlencoded", "a=2&a=3&b=4"],
  ["POST", "/arguments?a=1", "Content-Type: multipart/form-data; boundary=x", MULTIPART],
  ["POST", "/arguments", "Content-Type: multipart/form-data", "x"],
  ["GET", "/status/200"],
  ["GET", "/status/201?reason=Made"],
  ["GET", "/status/204"],
  ["GET", "/status/304"],
  ["GET", "/status/404"],
  ["GET", "/status/413"],
  ["GET", "/status/422"],
  ["GET", "/status/599"],
  ["GET", "/status/200?reason=a%20b"],
  ["GET", "/errors/http"],
  ["GET", "/errors/reason"],
  ["GET", "/errors/finish"],
  ["GET", "/errors/send"],
  ["GET", "/errors/body"],
  ["GET", "/errors/error"],
  ["GET", "/errors/none"],
  ["GET", "/etags/x"],
  ["GET", "/etags/x", `If-None-Match: ${ETAG}`],
  ["GET", "/etags/x", `If-None-Match: W/${ETAG}`],
  ["GET", "/etags/x", `If-None-Match: "a", ${ETAG}`],
  ["GET", "/etags/x", "If-None-Match: *"],
  ["GET", "/etags/x", 'If-None-Match: "a", *'],
  ["GET", "/etags/own", 'If-None-Match: "own"'],
  ["GET", "/etags/post"],
  ["POST", "/etags/x", `If-None-Match: ${ETAG}`],
  ["GET", "/stream"],
  ["GET", "/redirect?to=/a%20b%25C3%25A9"],
  ["GET", "/redirect?to=http://example.com/&permanent=1"],
  ["GET", "/slashes/?a=b"],
  ["GET", "/slashes///"],
  ["HEAD", "/slashes/"],
  ["GET", "/slashes"],
  ["POST", "/slashes"],
  ["POST", "/slashes/"],
  ["GET", "/headers"],
  ["GET", "/moved/a/b"],
  ["GET", "/moved/a/b/c?y=2&z=a+b"],
  ["POST", "/moved/a/b"],
  ["GET", "/gone"],
  ["POST", "/gone"],
  ["GET", "/empty"],
  ["GET", "/nowhere"],
  ["GET", "/a/../page/x"],
];

/**
 * The response without what is different on purpose: our name, the time, the Allow of a 405, and what engines say of
 * connections.
 */
async function ask(
  port: number,
  [method, target, headers = "", body = ""]: typeof REQUESTS[number],
): Promise<string[]> {
  const length = body === "" || headers.startsWith("Transfer") ? "" : `Content-Length: ${body.length}\r\n`;
  const more = (headers === "" ? "" : `${headers}\r\n`) + length;
  const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`;
  const answer = await RawClient.exchange(port, head + body);
  const end = answer.indexOf("\r\n\r\n");
  const lines = answer.slice(0, end).split("\r\n");
  return [...lines.filter((line) => !/^(?:Date|Server: T|Connection|Allow)/.test(line)), answer.slice(end + 4)];
}

test("an application answers as on Tornado, byte for byte", async (t) => {
  t.expectLog("tornado.general", /./);
  t.expectLog("tornado.application", /^Uncaught exception GET \/errors/);
  const script = new URL("./web_server.py", import.meta.url).pathname;
  const python = new Deno.Command("/usr/bin/python3", { args: ["-W", "ignore", script], stdout: "piped" }).spawn();
  const reader = python.stdout.getReader();
  try {
    const { value } = await reader.read();
    const port = Number(new TextDecoder().decode(value));
    await using server = app.listen(0, { address: "127.0.0.1" });
    for (const request of REQUESTS) {
      const [ours, theirs] = [await ask(server.port, request), await ask(port, request)];
      assertEquals(ours, theirs, `${request[0]} ${request[1]} ${request[2] ?? ""}`);
    }
  } finally {
    // Not before: Python may write the end of the line by itself, and would die of a closed pipe.
    await reader.cancel();
    python.kill("SIGKILL");
    await python.status;
  }
});
