// The files of a directory as one would write it on bare Deno.serve: look, compare, open, stream.
import { argument } from "../support.ts";

const root = argument("root", ".");

async function answer(request: Request): Promise<Response> {
  const path = root + new URL(request.url).pathname;
  const { size, mtime } = await Deno.stat(path);
  const headers = {
    "Content-Type": "text/plain",
    "Content-Length": String(size),
    "Last-Modified": (mtime ?? new Date(0)).toUTCString(),
    "Etag": `"${size.toString(16)}-${mtime?.getTime().toString(16)}"`,
  };
  if (request.headers.get("If-None-Match") === headers.Etag) {
    return new Response(null, { status: 304, headers: { Etag: headers.Etag } });
  }
  return new Response((await Deno.open(path)).readable, { headers });
}

Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  (request) => answer(request).catch(() => new Response(null, { status: 404 })),
);
