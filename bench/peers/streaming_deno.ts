// 1 GiB down (GET /down), any size up (POST /up), and how far the last download has got (GET /progress): Deno.serve.
import { CHUNK, SIZE } from "./streaming_body.ts";

let progress = 0;

function down(): Response {
  progress = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (progress === SIZE) return controller.close();
      controller.enqueue(CHUNK);
      progress += CHUNK.length;
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "Content-Length": String(SIZE) } });
}

async function up(request: Request): Promise<Response> {
  let length = 0;
  for await (const chunk of request.body ?? []) length += chunk.length;
  return new Response(String(length));
}

Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  (request) => {
    if (request.url.endsWith("/down")) return down();
    if (request.url.endsWith("/up")) return up(request);
    return new Response(String(progress));
  },
);
