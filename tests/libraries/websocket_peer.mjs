// The npm package ws as a peer: websocket_peer.mjs (serve|connect URL) (plain|deflate); see websocket_peer.py.
import { WebSocket, WebSocketServer } from "npm:ws@8.23.0";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import process from "node:process";

const [mode, ...rest] = process.argv.slice(2);
const deflate = rest.at(-1) === "deflate";
const maxPayload = 1 << 26;

function serve() {
  const perMessageDeflate = deflate ? { threshold: 0 } : false;
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate, maxPayload });
  server.on("listening", () => console.log(server.address().port));
  server.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      if (String(data) === "close") return socket.close(4321, "as asked");
      if (String(data) === "ping") return socket.ping("from ws");
      socket.send(data, { binary: isBinary });
    });
    socket.on("pong", (data) => data.length > 0 && socket.send(`pong ${data}`));
  });
}

async function connect(url) {
  let input = "";
  for await (const chunk of process.stdin) input += chunk;
  const socket = new WebSocket(url, ["a", "b"], { perMessageDeflate: deflate ? { threshold: 0 } : false, maxPayload });
  let extensions = null;
  socket.on("upgrade", (response) => extensions = response.headers["sec-websocket-extensions"] ?? null);
  await once(socket, "open");
  const echoes = [];
  for (const message of JSON.parse(input)) {
    socket.send(typeof message === "string" ? message : Buffer.from(message.base64, "base64"));
    const [data, isBinary] = await once(socket, "message");
    echoes.push(isBinary ? { base64: data.toString("base64") } : String(data));
  }
  socket.ping("x");
  await once(socket, "pong");
  socket.close(4001, "done");
  const [code] = await once(socket, "close");
  console.log(JSON.stringify({ echoes, extensions, subprotocol: socket.protocol || null, code }));
  process.exit(0);
}

if (mode === "serve") serve();
else await connect(rest[0]);
