// npm's ws on Node, run from a folder that has it installed, which is why its name is not one that `deno check` could resolve here.
import { createServer } from "node:http";

const name = "ws";
const { WebSocketServer } = await import(name);

const options = { noServer: true, maxPayload: 1 << 24 };
const plain = new WebSocketServer({ ...options, perMessageDeflate: false });
const deflate = new WebSocketServer({ ...options, perMessageDeflate: true });
const fanOut = new WebSocketServer({ ...options, perMessageDeflate: false });
for (const server of [plain, deflate]) {
  server.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
}
fanOut.on("connection", (socket) => {
  socket.on("message", (data, binary) => {
    for (const each of fanOut.clients) each.send(data, { binary });
  });
});

const paths = { "/echo": plain, "/deflate": deflate, "/fanout": fanOut };
const server = createServer();
server.on("upgrade", (request, socket, head) => {
  const target = paths[request.url];
  target.handleUpgrade(request, socket, head, (client) => target.emit("connection", client, request));
});
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
