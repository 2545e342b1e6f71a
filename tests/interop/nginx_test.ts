/** Behind nginx: WebSockets, uploads in pieces, long responses for slow readers, and the address of the client. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Bytes } from "../../src/internal/bytes.ts";
import { EventParser } from "../../src/internal/event_parser.ts";
import { Application, RequestHandler, streamRequestBody } from "../../src/web/mod.ts";
import { websocketConnect, WebSocketHandler, WebSocketHandshakeError } from "../../src/websocket/mod.ts";
import { type Nginx, startNginx } from "../support/nginx.ts";
import { test } from "../support/test.ts";

const ENGINES = ["listen", "serve"] as const;
const MIB = 1048576;
const PIECE = 131072;
const LONG = 128 * MIB;
/** What the buffers of two sockets, of nginx and of the client hold at most, with room to spare. */
const IN_BETWEEN = 48 * MIB;

/** What a test sees of the handlers. */
class Watch {
  /** Bytes that a handler has got, or has sent. */
  bytes = 0;
  readonly ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #wanted = Infinity;
  #reached: (() => void) | null = null;

  count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes >= this.#wanted) this.#reached?.();
  }

  async reaches(bytes: number): Promise<void> {
    if (this.bytes >= bytes) return;
    this.#wanted = bytes;
    await new Promise<void>((resolve) => this.#reached = resolve);
  }
}

class Echo extends WebSocketHandler {
  override getCompressionOptions(): object {
    return {};
  }
  override async onMessage(message: string | Bytes): Promise<void> {
    if (message === "close") this.close(4321, "wie gewünscht");
    else await this.writeMessage(message);
  }
}

@streamRequestBody
class Upload extends RequestHandler {
  #watch = new Watch();
  override initialize({ watch }: { watch: Watch }): void {
    this.#watch = watch;
  }
  override dataReceived(chunk: Bytes): void {
    this.#watch.count(chunk.length);
  }
  override put(): void {
    this.write(`${this.#watch.bytes} bytes`);
  }
}

class Long extends RequestHandler {
  #watch = new Watch();
  override initialize({ watch }: { watch: Watch }): void {
    this.#watch = watch;
  }
  override async get(): Promise<void> {
    const piece = new Uint8Array(PIECE);
    for (let sent = 0; sent < LONG; sent += PIECE) {
      this.write(piece);
      await this.flush();
      this.#watch.count(PIECE);
    }
  }
  override onFinish(): void {
    this.#watch.ended.resolve();
  }
  override onConnectionClose(): void {
    this.#watch.ended.resolve();
  }
}

/** Sends an event, and the next one when the client has sent back what it has. */
class Echoes extends RequestHandler {
  static readonly got: Map<string, () => void> = new Map();
  override async get(): Promise<void> {
    const events = this.eventStream();
    for (let i = 0; i < 20; i++) {
      const name = crypto.randomUUID();
      const back = new Promise<void>((resolve) => Echoes.got.set(name, resolve));
      await events.send(name, { id: String(i) });
      await back;
    }
  }
  override post(): void {
    Echoes.got.get(this.getBodyText())?.();
  }
}

class Peer extends RequestHandler {
  override get(): void {
    this.write(this.request.remoteIp);
  }
}

/** All that a site needs for event streams, since everything else is a default of nginx. */
const DEFAULTS = "location /events { proxy_pass http://twister; }";

const PROXY = `
  ${DEFAULTS}
  client_max_body_size 0;
  location / {
    proxy_pass http://twister;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  }
  location /echo {
    proxy_pass http://twister;
    proxy_http_version 1.1;
    proxy_set_header Connection "upgrade";
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Host $http_host;
  }`;

interface Site extends AsyncDisposable {
  /** `127.0.0.1:PORT` of nginx. */
  readonly host: string;
  readonly watch: Watch;
}

/** An application behind nginx. */
async function serve(engine: typeof ENGINES[number], trust: object = {}): Promise<Site> {
  const watch = new Watch();
  const app = new Application([
    ["/echo", Echo],
    ["/upload", Upload, { watch }],
    ["/long", Long, { watch }],
    ["/events", Echoes],
    ["/peer", Peer],
  ], { logFunction() {}, websocketMaxMessageSize: 4 * MIB });
  const options = { address: "127.0.0.1", maxBodySize: LONG, ...trust };
  const server = engine === "serve" ? app.listen(0, { ...options, engine }) : app.listen(0, options);
  let nginx: Nginx;
  try {
    nginx = await startNginx([PROXY], `upstream twister { server 127.0.0.1:${server.port}; keepalive 8; }`);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return {
    host: `127.0.0.1:${nginx.ports[0]}`,
    watch,
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

for (const engine of ENGINES) {
  test(`nginx hands a WebSocket on (${engine})`, async (t) => {
    if (engine === "serve") t.expectLog("tornado.general", /^Cannot compress WebSocket messages on the serve engine/);
    await using site = await serve(engine);
    await using socket = await websocketConnect(`ws://${site.host}/echo`, {
      headers: { Origin: `http://${site.host}` },
      compressionOptions: {},
      maxMessageSize: 4 * MIB,
    });
    assertEquals(socket.headers.has("Sec-WebSocket-Extensions"), engine === "listen");
    const messages = ["", "ü€🙂".repeat(10_000), new Uint8Array(0), crypto.getRandomValues(new Uint8Array(60_000))];
    for (const message of [...messages, new Uint8Array(3 * MIB), "the last"]) {
      await socket.writeMessage(message);
      assertEquals(await socket.readMessage(), message);
    }
    const pong = Promise.withResolvers<string>();
    socket.onPong = (data) => pong.resolve(new TextDecoder().decode(data));
    socket.ping("through a proxy");
    assertEquals(await pong.promise, "through a proxy");
    await socket.writeMessage("close");
    assertEquals(await socket.readMessage(), null);
    await socket.closed;
    assertEquals([socket.closeCode, socket.closeReason], [4321, "wie gewünscht"]);
  });

  test(`a WebSocket from another origin is refused behind nginx (${engine})`, async () => {
    await using site = await serve(engine);
    const connect = () => websocketConnect(`ws://${site.host}/echo`, { headers: { Origin: "http://evil.example" } });
    assertEquals((await assertRejects(connect, WebSocketHandshakeError)).statusCode, 403);
  });

  test(`nginx passes an upload on while it comes (${engine})`, async () => {
    await using site = await serve(engine);
    const { watch } = site;
    const first = 1000;
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (sent === LONG) return controller.close();
        // Not a byte more before the handler has what was sent first.
        if (sent === first) await watch.reaches(first);
        const size = sent === 0 ? first : Math.min(PIECE, LONG - sent);
        controller.enqueue(new Uint8Array(size));
        sent += size;
      },
    });
    const response = await fetch(`http://${site.host}/upload`, { method: "PUT", body });
    assertEquals([response.status, await response.text()], [200, `${LONG} bytes`]);
  });

  test(`nginx with its defaults hands each event on before there is another (${engine})`, async () => {
    await using site = await serve(engine);
    const url = `http://${site.host}/events`;
    const parser = new EventParser();
    const ids: string[] = [];
    for await (const chunk of (await fetch(url)).body ?? []) {
      for (const { data, id } of parser.feed(chunk)) {
        ids.push(id);
        const { body } = await fetch(url, { method: "POST", body: data });
        await body?.cancel();
      }
    }
    assertEquals(ids, Array.from({ length: 20 }, (_, i) => String(i)));
  });

  test(`a long response waits for a slow reader behind nginx (${engine})`, async () => {
    await using site = await serve(engine);
    const response = await fetch(`http://${site.host}/long`);
    let read = 0;
    let ahead = 0;
    for await (const chunk of response.body ?? []) {
      read += chunk.length;
      ahead = Math.max(ahead, site.watch.bytes - read);
    }
    assertEquals(read, LONG);
    assert(ahead < IN_BETWEEN, `the handler was ${ahead} bytes ahead of its client`);
  });

  test(`a client that leaves nginx in the middle of a response ends it (${engine})`, async () => {
    await using site = await serve(engine);
    const response = await fetch(`http://${site.host}/long`);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await site.watch.ended.promise;
    assert(site.watch.bytes < LONG, "the response was sent to the end");
    assertEquals(await (await fetch(`http://${site.host}/peer`)).text(), "127.0.0.1");
  });

  test(`X-Forwarded-For of nginx is believed only with xheaders (${engine})`, async () => {
    const headers = { "X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.1.2.3" };
    const cases: readonly [object, string][] = [
      [{}, "127.0.0.1"],
      [{ trustedDownstream: ["127.0.0.1"] }, "127.0.0.1"],
      [{ xheaders: true }, "127.0.0.1"],
      [{ xheaders: true, trustedDownstream: ["127.0.0.1"] }, "10.1.2.3"],
      [{ xheaders: true, trustedDownstream: ["127.0.0.1", "10.1.2.3"] }, "203.0.113.9"],
    ];
    for (const [trust, ip] of cases) {
      await using site = await serve(engine, trust);
      assertEquals(await (await fetch(`http://${site.host}/peer`, { headers })).text(), ip);
    }
  });
}
