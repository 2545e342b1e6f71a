// Large uploads, and many at once: one file of 2 GiB to the example's server as a form and as a raw body, then 500
// clients that send 20 MiB each at the same time, to a handler that counts and to the example's server, which hashes
// and writes to disk. Throughput, and what resident memory comes to.
//
//   deno task bench:uploads [--large=2048] [--clients=500] [--each=20] [--directory=DIR]   (sizes in MiB)
import { argument, mostResidentMemory, numberArgument, printTable, residentMemory, startServer } from "./support.ts";
import { formShape, rawShape, type Shape, upload } from "./upload_client.ts";

const MIB = 2 ** 20;
const large = numberArgument("large", 2048) * MIB;
const clients = numberArgument("clients", 500);
const each = numberArgument("each", 20) * MIB;
const directory = await Deno.makeTempDir({ dir: argument("directory", "/tmp"), prefix: "uploads-" });

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
