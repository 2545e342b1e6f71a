// The least that a request on a connection that stays can cost on stream handles: read, write a constant.
import { handleBinding, type SocketName } from "../../src/net/_transport/handle_binding.ts";

const ANSWER = new TextEncoder().encode(
  "HTTP/1.1 200 OK\r\nServer: floor\r\nContent-Type: text/html; charset=UTF-8\r\n" +
    "Date: Mon, 30 Nov 2026 00:00:00 GMT\r\n" +
    'Etag: "e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"\r\nContent-Length: 12\r\n\r\nHello, world',
);
const binding = handleBinding();
if (binding === null) throw new Error(`Deno ${Deno.version.deno} has no stream handles that were tested`);
const { TCP, TCPSocket, WriteWrap, serverType } = binding;
const memory = new Uint8Array(65536);
const request = new WriteWrap();
const server = new TCP(serverType);

server.onconnection = () => {
  for (;;) {
    const socket = new TCPSocket();
    if (server.accept(socket) !== 0) return;
    socket.useUserBuffer(memory);
    socket.reader = {
      receive(count: number): void {
        if (count > 0) socket.writeBuffer(request, ANSWER);
        else socket.close();
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
