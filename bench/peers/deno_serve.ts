// Bare Deno.serve with the five headers that Tornado and Twister send; Date and Content-Length are Deno's own.
const headers = {
  "Server": "Deno",
  "Content-Type": "text/html; charset=UTF-8",
  "Etag": '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"',
};
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(`listening ${port}`) },
  () => new Response("Hello, world", { headers }),
);
