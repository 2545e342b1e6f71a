// Forms of any size, of which only the bytes of the files are counted: busboy on Node, run from a folder that has it
// installed, which is why its name is not one that `deno check` could resolve here.
import { createServer } from "node:http";

const name = "busboy";
const { default: busboy } = await import(name);

const server = createServer((request, response) => {
  if (request.method !== "POST") return response.end("ready");
  let size = 0;
  const form = busboy({ headers: request.headers });
  form.on("file", (_name, stream) => {
    stream.on("data", (chunk) => {
      size += chunk.length;
    });
  });
  form.on("close", () => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ files: [{ size }] }));
  });
  request.pipe(form);
});
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
