// What the floors share: a server on stream handles, which reads into one buffer and answers each read.
import { handleBinding, type SocketName } from "../../src/net/_transport/handle_binding.ts";

/** What the last read has put there. */
export const memory: Uint8Array<ArrayBuffer> = new Uint8Array(65536);

/** Listens, and says where. `connect` is called for each connection, and returns what makes an answer of a read. */
export function answerReads(connect: () => (count: number) => Uint8Array<ArrayBuffer>): void {
  const binding = handleBinding();
  if (binding === null) throw new Error(`Deno ${Deno.version.deno} has no stream handles that were tested`);
  const { TCP, TCPSocket, WriteWrap, serverType } = binding;
  const request = new WriteWrap();
  const server = new TCP(serverType);
  server.onconnection = () => {
    for (;;) {
      const socket = new TCPSocket();
      if (server.accept(socket) !== 0) return;
      socket.useUserBuffer(memory);
      const answer = connect();
      socket.reader = {
        receive(count: number): void {
          if (count > 0) socket.writeBuffer(request, answer(count));
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
}
