// Bare Deno.serve with the five headers that Tornado and Twister send; Date and Content-Length are Deno's own. With
// --tls it speaks TLS.
import { certificateFile } from "../support.ts";

const headers = {
  "Server": "Deno",
  "Content-Type": "text/html; charset=UTF-8",
  "Etag": '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"',
};
const tls = Deno.args.includes("--tls")
  ? {
    cert: await Deno.readTextFile(certificateFile("server.pem")),
    key: await Deno.readTextFile(certificateFile("server_key.pem")),
  }
  : {};
Deno.serve(
  { ...tls, port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  () => new Response("Hello, world", { headers }),
);
