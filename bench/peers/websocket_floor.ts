// The least that a message on a WebSocket can cost on stream handles: read, write a constant frame of 32 characters.
import { createHash } from "node:crypto";
import { handleBinding, type SocketName } from "../../src/net/_transport/handle_binding.ts";

const FRAME = new Uint8Array([0x81, 32, ...new Uint8Array(32).fill(97)]);
const decoder = new TextDecoder();
const binding = handleBinding();
if (binding === null) throw new Error(`Deno ${Deno.version.deno} has no stream handles that were tested`);
const { TCP, TCPSocket, WriteWrap, serverType } = binding;
const memory = new Uint8Array(65536);
const request = new WriteWrap();
const server = new TCP(serverType);

function handshake(head: string): Uint8Array<ArrayBuffer> {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return new TextEncoder().encode(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

server.onconnection = () => {
  for (;;) {
    const socket = new TCPSocket();
    if (server.accept(socket) !== 0) return;
    socket.useUserBuffer(memory);
    let answer: Uint8Array<ArrayBuffer> | null = null;
    socket.reader = {
      receive(count: number): void {
        if (count <= 0) return socket.close();
        socket.writeBuffer(request, answer ?? handshake(decoder.decode(memory.subarray(0, count))));
        answer = FRAME;
      },
    };
    socket.readStart();
  }
};
server.bind("127.0.0.1", 0);
server.listen(4096);
const name: SocketName = {};
server.getsockname(name);
console.log(`listening ${name.port}`);
