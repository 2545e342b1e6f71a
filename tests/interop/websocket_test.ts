// WebSockets with other people's: python3-tornado, python3-websockets, python3-autobahn, npm's ws, Chromium, and Deno's
// own client.
import { assert, assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { type WebSocketCompressionOptions, websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import type { Server } from "../../src/http/httpserver.ts";
import { Browser } from "../support/chromium.ts";
import { test } from "../support/test.ts";

const here = `${projectRoot}/tests/interop`;
const LIMIT = 1 << 26;

/** How a peer is started; what the library needs is installed where the interop tests run. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  tornado: ["/usr/bin/python3", `${here}/websocket_peer.py`, "tornado"],
  websockets: ["/usr/bin/python3", `${here}/websocket_peer.py`, "websockets"],
  autobahn: ["/usr/bin/python3", `${here}/websocket_peer.py`, "autobahn"],
  ws: [Deno.execPath(), "run", "--quiet", "--frozen", "-A", `${projectRoot}/tests/libraries/websocket_peer.mjs`],
};

type Message = string | Uint8Array<ArrayBuffer>;

const MESSAGES: readonly Message[] = [
  "",
  "a",
  "hello hello hello hello hello hello hello hello hello",
  "ü€🙂".repeat(10_000),
  "x".repeat(125),
  "y".repeat(126),
  "z".repeat(65_536),
  new Uint8Array(0),
  Uint8Array.from({ length: 256 }, (_, i) => i),
  new Uint8Array(1_000_000),
  crypto.getRandomValues(new Uint8Array(50_000)),
];

function toJson(message: Message): unknown {
  return typeof message === "string" ? message : { base64: message.toBase64() };
}

/** Our end of the talk. */
class Echo extends WebSocketHandler {
  #compression: WebSocketCompressionOptions | null = null;

  override initialize({ options }: { options: WebSocketCompressionOptions | null }): void {
    this.#compression = options;
  }
  override checkOrigin(): boolean {
    return true;
  }
  override getCompressionOptions(): WebSocketCompressionOptions | null {
    return this.#compression;
  }
  override selectSubprotocol(offered: string[]): string | null {
    return offered.includes("a") ? "a" : null;
  }
  override async onMessage(message: Message): Promise<void> {
    if (message === "close") return this.close(4321, "as asked");
    await this.writeMessage(message);
  }
}

/** Something for a browser to be on. */
class Page extends RequestHandler {
  override get(): void {
    this.write("<!doctype html><title>page</title><link rel=icon href=data:,>");
  }
}

function serve(options: WebSocketCompressionOptions | null): Server {
  const app = new Application([["/", Echo, { options }], ["/page", Page]], {
    logFunction() {},
    websocketMaxMessageSize: LIMIT,
  });
  return app.listen(0, { address: "127.0.0.1" });
}

/** A peer's server; disposing of it ends the process. */
async function startPeer(name: string, compression: string): Promise<AsyncDisposable & { port: number }> {
  const [program, ...args] = PEERS[name];
  const process = new Deno.Command(program, {
    args: [...args, "serve", compression],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`${name} ended without a port: ${text}`);
    text += value;
  }
  return {
    port: Number(text),
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await reader.cancel();
      await process.status;
    },
  };
}

interface Report {
  readonly echoes: readonly unknown[];
  readonly extensions: string | null;
  readonly subprotocol: string | null;
  readonly code: number | null;
}

/** Lets a peer's client talk to our server. */
async function runPeer(name: string, url: string, compression: string): Promise<Report> {
  const [program, ...args] = PEERS[name];
  const process = new Deno.Command(program, {
    args: [...args, "connect", url, compression],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(MESSAGES.map(toJson))));
  await writer.close();
  const { stdout, success } = await process.output();
  assert(success, `${name} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

const OUR_OPTIONS: readonly (WebSocketCompressionOptions | null)[] = [
  null,
  { threshold: 0 },
  { threshold: 0, serverNoContextTakeover: true, serverMaxWindowBits: 10, clientMaxWindowBits: 9 },
];

for (const name of Object.keys(PEERS)) {
  for (const options of OUR_OPTIONS) {
    const compression = options === null ? "plain" : "deflate";
    test(`the client of ${name} understands our server with ${JSON.stringify(options)}`, async () => {
      await using server = serve(options);
      const report = await runPeer(name, `ws://127.0.0.1:${server.port}/`, compression);
      assertEquals(report.echoes, MESSAGES.map(toJson));
      assertEquals(report.extensions?.startsWith("permessage-deflate") ?? null, options === null ? null : true);
      assertEquals([report.subprotocol, report.code], ["a", 4001]);
    });

    test(`our client with ${JSON.stringify(options)} understands the server of ${name}`, async () => {
      await using peer = await startPeer(name, compression);
      const client = await websocketConnect(`ws://127.0.0.1:${peer.port}/`, {
        compressionOptions: options,
        maxMessageSize: LIMIT,
        subprotocols: ["a"],
      });
      assertEquals(client.selectedSubprotocol, "a");
      assertEquals(client.headers.has("Sec-WebSocket-Extensions"), options !== null);
      for (const message of [...MESSAGES, ...MESSAGES]) {
        client.writeMessage(message);
        assertEquals(await client.readMessage(), message);
      }
      const pong = Promise.withResolvers<string>();
      client.onPong = (data) => pong.resolve(new TextDecoder().decode(data));
      client.ping("are you there?");
      assertEquals(await pong.promise, "are you there?");
      client.writeMessage("ping");
      assertEquals(await client.readMessage(), `pong from ${name}`);
      client.writeMessage("close");
      assertEquals(await client.readMessage(), null);
      await client.closed;
      assertEquals([client.closeCode, client.closeReason], [4321, "as asked"]);
    });
  }
}

test("our server keeps to the limits that the client of autobahn sets, and takes its fragments", async () => {
  await using server = serve({ threshold: 0 });
  const report = await runPeer("autobahn", `ws://127.0.0.1:${server.port}/`, "limited");
  assertEquals(report.echoes, MESSAGES.map(toJson));
  const [extension, ...parameters] = (report.extensions ?? "").split("; ");
  assertEquals(extension, "permessage-deflate");
  assertEquals(parameters.filter((one) => one.startsWith("server_")).sort(), [
    "server_max_window_bits=10",
    "server_no_context_takeover",
  ]);
  assertEquals([report.subprotocol, report.code], ["a", 4001]);
});

test("Deno's client understands our server", async () => {
  await using server = serve({});
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, ["b", "a"]);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve) => socket.onopen = resolve);
  assertEquals(socket.protocol, "a");
  for (const message of MESSAGES) {
    const answer = new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
    socket.send(message);
    const { data } = await answer;
    assertEquals(typeof data === "string" ? data : new Uint8Array(data), message);
  }
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.send("close");
  const { code, reason } = await closed;
  assertEquals([code, reason], [4321, "as asked"]);
});

test("a client whose process is frozen is noticed, and others are not disturbed", async () => {
  const closed = Promise.withResolvers<number>();
  const opened = Promise.withResolvers<void>();
  class Watched extends Echo {
    override open(): void {
      opened.resolve();
    }
    override onClose(): void {
      closed.resolve(performance.now());
    }
  }
  const app = new Application([["/watched", Watched, { options: null }], ["/", Echo, { options: null }]], {
    logFunction() {},
    websocketPingInterval: 1,
    websocketPingTimeout: 1,
  });
  await using server = app.listen(0, { address: "127.0.0.1" });
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", `new WebSocket("ws://127.0.0.1:${server.port}/watched").onclose = () => Deno.exit()`],
    stdin: "null",
  }).spawn();
  await opened.promise;
  const other = await websocketConnect(`ws://127.0.0.1:${server.port}/`);
  process.kill("SIGSTOP");
  const frozen = performance.now();
  const seconds = (await closed.promise - frozen) / 1000;
  console.info(`a frozen client was noticed after ${seconds.toFixed(2)} s of at most 2`);
  other.writeMessage("still here");
  assertEquals(await other.readMessage(), "still here");
  await other[Symbol.asyncDispose]();
  process.kill("SIGKILL");
  await process.status;
});

const TALK = `async (url, messages) => {
  const socket = new WebSocket(url, ["b", "a"]);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  const echoes = [];
  for (const message of messages) {
    const bytes = typeof message === "string" ? message : Uint8Array.from(atob(message.base64), (c) => c.charCodeAt(0));
    socket.send(bytes);
    const { data } = await new Promise((resolve) => socket.onmessage = resolve);
    let text = "";
    if (typeof data !== "string") for (const byte of new Uint8Array(data)) text += String.fromCharCode(byte);
    echoes.push(typeof data === "string" ? data : { base64: btoa(text) });
  }
  socket.send("close");
  const { code, reason, wasClean } = await new Promise((resolve) => socket.onclose = resolve);
  return { echoes, extensions: socket.extensions, protocol: socket.protocol, code, reason, wasClean };
}`;

test("Chromium understands our server, with compression", async () => {
  await using server = serve({ threshold: 0 });
  await using browser = await Browser.launch();
  const page = await browser.open(`http://127.0.0.1:${server.port}/page`);
  const url = JSON.stringify(`ws://127.0.0.1:${server.port}/`);
  const messages = JSON.stringify(MESSAGES.map(toJson));
  assertEquals(await page.evaluate(`(${TALK})(${url}, ${messages})`), {
    echoes: MESSAGES.map(toJson),
    extensions: "permessage-deflate",
    protocol: "a",
    code: 4321,
    reason: "as asked",
    wasClean: true,
  });
});
