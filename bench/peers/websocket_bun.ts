// Bun.serve, on Bun.
interface Bun {
  serve(options: Record<string, unknown>): { port: number; publish(topic: string, data: unknown): void };
}
interface Socket {
  data: { path: string };
  send(data: unknown, compress?: boolean): void;
  subscribe(topic: string): void;
}

const { Bun } = globalThis as unknown as { Bun: Bun };
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request: Request, self: { upgrade(request: Request, options: unknown): boolean }) {
    const path = new URL(request.url).pathname;
    return self.upgrade(request, { data: { path } }) ? undefined : new Response(null, { status: 400 });
  },
  websocket: {
    perMessageDeflate: true,
    maxPayloadLength: 1 << 24,
    open(socket: Socket) {
      if (socket.data.path === "/fanout") socket.subscribe("all");
    },
    message(socket: Socket, data: unknown) {
      if (socket.data.path === "/fanout") server.publish("all", data);
      else socket.send(data, socket.data.path === "/deflate");
    },
  },
});
console.log(`listening ${server.port}`);
