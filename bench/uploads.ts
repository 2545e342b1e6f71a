// Large uploads, and many at once: one file of 2 GiB to the example's server as a form and as a raw body, then 500
// clients that send 20 MiB each at the same time, to a handler that counts and to the example's server, which hashes
// and writes to disk. Throughput, and what resident memory comes to.
//
//   deno task bench:uploads [--large=2048] [--clients=500] [--each=20] [--directory=DIR]   (sizes in MiB)
import { argument, mostResidentMemory, numberArgument, printTable, residentMemory, startServer } from "./support.ts";

const MIB = 2 ** 20;
const large = numberArgument("large", 2048) * MIB;
const clients = numberArgument("clients", 500);
const each = numberArgument("each", 20) * MIB;
const directory = await Deno.makeTempDir({ dir: argument("directory", "/tmp"), prefix: "uploads-" });

const CHUNK = new Uint8Array(64 * 1024).fill(0x61);
const PART =
  '--B\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
const END = "\r\n--B--\r\n";

/** The head of a request, and what its body has before and behind the content. */
interface Shape {
  readonly head: string;
  readonly before: string;
  readonly behind: string;
}

function rawShape(size: number): Shape {
  const head = `PUT /upload/a.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`;
  return { head, before: "", behind: "" };
}

function formShape(size: number, cookie: string): Shape {
  const token = cookie === "" ? "" : `Cookie: _xsrf=${cookie}\r\nX-XSRFToken: ${cookie}\r\n`;
  const head = `POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\n${token}` +
    `Content-Length: ${PART.length + size + END.length}\r\nConnection: close\r\n\r\n`;
  return { head, before: PART, behind: END };
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}

/** Sends one file, and makes sure that the server has counted its bytes. */
async function upload(port: number, { head, before, behind }: Shape, size: number): Promise<void> {
  using conn = await Deno.connect({ port, hostname: "127.0.0.1" });
  const encoder = new TextEncoder();
  await writeAll(conn, encoder.encode(head + before));
  for (let sent = 0; sent < size; sent += CHUNK.length) {
    await writeAll(conn, CHUNK.subarray(0, Math.min(CHUNK.length, size - sent)));
  }
  await writeAll(conn, encoder.encode(behind));
  const answer = await new Response(conn.readable).text();
  if (!answer.includes(`"size":${size}`)) throw new Error(`The server has not got ${size} bytes: ${answer}`);
}

async function measure(name: string, program: readonly string[], shape: Shape | "form", files: number, size: number) {
  const command = [Deno.execPath(), "run", "--quiet", "--no-check", "--no-lock", "-A", ...program];
  await using server = await startServer(command, { cpu: 0 });
  const page = await fetch(`http://127.0.0.1:${server.port}/`);
  await page.body?.cancel();
  const cookie = page.headers.getSetCookie()[0]?.match(/^_xsrf=([^;]+)/)?.[1] ?? "";
  const used = shape === "form" ? formShape(size, cookie) : shape;
  const before = residentMemory(server.pid);
  const start = performance.now();
  await Promise.all(Array.from({ length: files }, () => upload(server.port, used, size)));
  const seconds = (performance.now() - start) / 1000;
  const peak = mostResidentMemory(server.pid);
  return [name, files * size / MIB / seconds, before / MIB, peak / MIB, (peak - before) / MIB].map((cell) =>
    typeof cell === "number" ? cell.toFixed(0) : cell
  );
}

// The clients, this process, keep off the server's processor.
if (navigator.hardwareConcurrency > 1) {
  await new Deno.Command("taskset", { args: ["-acp", "1", String(Deno.pid)], stdout: "null" }).output();
}

const path = (name: string) => new URL(name, import.meta.url).pathname;
const counting = [path("./peers/uploads_twister.ts")];
const total = Math.max(large, clients * each) / MIB + 1;
const storing = (name: string) => [
  path("../examples/file_upload/main.ts"),
  "--port=0",
  `--directory=${directory}/${name}`,
  `--max-file=${total}`,
  `--max-total=${total}`,
];
try {
  const rows = [];
  rows.push(await measure("one form, to disk", storing("form"), "form", 1, large));
  rows.push(await measure("one raw body, to disk", storing("raw"), rawShape(large), 1, large));
  await Deno.remove(directory, { recursive: true });
  rows.push(await measure(`${clients} forms, counted`, counting, "form", clients, each));
  rows.push(await measure(`${clients} forms, to disk`, storing("forms"), "form", clients, each));
  console.log(`one of ${large / MIB} MiB, ${clients} of ${each / MIB} MiB\n`);
  printTable(["upload", "MiB/s", "resident before MiB", "peak MiB", "growth MiB"], rows);
} finally {
  await Deno.remove(directory, { recursive: true });
}
