// Replaces the files of a static directory by rename, every 20 ms, while 8 clients get them whole, in ranges, by
// version and conditionally, and counts the answers that are not one version, whole, with its own ETag.
//
//   deno task check:deploys [--seconds=60] [--engine=listen]
import { Application, StaticFileHandler } from "../src/web/mod.ts";
import { argument, numberArgument } from "./support.ts";

const seconds = numberArgument("seconds", 60);
const serving = argument("engine", "listen") === "serve" ? { engine: "serve" as const } : {};

const CLIENTS = 8;
const REPLACED_EVERY_MS = 20;
/** Both sides of the size up to which files are kept in memory. */
const SIZES = [300_000, 900_000, 1_500_000, 3_000_000];
const START = 100_000;
const END = 250_000;
/** Where every version has a byte of its own: in the range, and not among the bytes that an ETag is made of. */
const MARK = 100_010;

const root = await Deno.makeTempDir();
const app = new Application([["/(.*)", StaticFileHandler, { path: root }]], { logFunction() {} });
const server = app.listen(0, { address: "127.0.0.1", ...serving });
const url = `http://127.0.0.1:${server.port}/file`;

let versions = 0;
/** Every other version has the letter and the size of the one before it, and differs in one byte. */
function deploy(): void {
  const pair = versions >> 1;
  const content = new Uint8Array(SIZES[pair % SIZES.length]).fill(65 + pair % 26);
  content[MARK] = versions++ & 255;
  Deno.writeFileSync(`${root}/next`, content);
  // As a build does that makes files with a time of its own.
  Deno.utimeSync(`${root}/next`, 1.7e9, 1.7e9);
  Deno.renameSync(`${root}/next`, `${root}/file`);
}

/**
 * The ETags that were seen, by letter, size and mark. A version that comes again is another file: a large one has
 * another tag then.
 */
const tags = new Map<string, string>();
const wrong: string[] = [];
let answers = 0;

async function ask(headers: Record<string, string>, uri: string): Promise<string | null> {
  const response = await fetch(uri, { headers });
  const body = await response.bytes();
  answers++;
  const { status } = response;
  if (status === 304) return null;
  const etag = response.headers.get("ETag") ?? "";
  const size = status === 206
    ? Number(response.headers.get("Content-Range")?.split("/")[1])
    : Number(response.headers.get("Content-Length"));
  const length = status === 206 ? END - START + 1 : size;
  const mark = status === 206 ? MARK - START : MARK;
  const version = `${String.fromCharCode(body[0])} ${size} ${body[mark]}`;
  const kept = response.headers.has("Cache-Control");
  if (
    ![200, 206].includes(status) || body.length !== length || body.some((byte, i) => byte !== body[0] && i !== mark) ||
    !SIZES.includes(size) || kept !== (new URL(uri).searchParams.get("v") === etag.slice(1, -1))
  ) wrong.push(`${status} ${version}, ${body.length} bytes, ${etag}`);
  const known = tags.get(etag);
  if (known !== undefined && known !== version) wrong.push(`${etag} is of ${known} and of ${version}`);
  tags.set(etag, version);
  return etag;
}

async function client(): Promise<void> {
  let etag: string | null = null;
  for (let i = 0; Date.now() < end; i++) {
    const turn = i % 5;
    if (turn === 0) etag = await ask({}, url);
    else if (turn === 1) await ask({ Range: `bytes=${START}-${END}` }, url);
    else if (turn === 2) await ask({ "If-None-Match": etag ?? "" }, url);
    else if (turn === 3) await ask({ Range: `bytes=${START}-${END}`, "If-Range": etag ?? "" }, url);
    else await ask({}, `${url}?v=${etag?.slice(1, -1)}`);
  }
}

deploy();
const end = Date.now() + seconds * 1000;
const deploying = setInterval(deploy, REPLACED_EVERY_MS);
await Promise.all(Array.from({ length: CLIENTS }, client));
clearInterval(deploying);
await server.closeAllConnections();
server.stop();
await Deno.remove(root, { recursive: true });

for (const line of wrong.slice(0, 10)) console.log(line);
console.log(`${versions} versions, ${answers} answers, ${wrong.length} of them wrong`);
if (wrong.length > 0) Deno.exit(1);
