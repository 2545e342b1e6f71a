// Sends files to the server of this example, and checks what has arrived:
// deno run --allow-net --allow-read examples/file_upload/uploader.ts [--put] [--at-once=3] [--to=http://localhost:8888] FILE...
import { createHash, type Hash } from "node:crypto";
import { basename } from "node:path";
import { AsyncHTTPClient, CookieJar, type HTTPRequestOptions } from "../../src/http/httpclient.ts";

/** What the server says of a file. */
interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** A file that is read from disk while it is sent, and its hash. */
class Outgoing {
  readonly path: string;
  readonly name: string;
  readonly #hash: Hash = createHash("sha256");

  constructor(path: string) {
    this.path = path;
    this.name = basename(path);
  }

  async *content(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const file = await Deno.open(this.path);
    for await (const chunk of file.readable) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  /** Makes sure that the server has what was sent, and says where it is. */
  report(stored: StoredFile | undefined, server: string): void {
    const sha256 = this.#hash.digest("hex");
    if (stored?.sha256 !== sha256) {
      throw new Error(`${this.path} is not what has arrived: its SHA-256 is ${sha256}, there it is ${stored?.sha256}`);
    }
    console.log(`${stored.name}: ${stored.size} bytes, SHA-256 ${sha256}, ${server}/files/${stored.id}`);
  }
}

function option(name: string, otherwise: string): string {
  const prefix = `--${name}=`;
  return Deno.args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? otherwise;
}

/** A file takes as long as it takes, but not when nothing comes or goes. */
const cookies = new CookieJar();
const client = new AsyncHTTPClient({ defaults: { cookies, requestTimeout: 0, stallTimeout: 60 } });

/** @throws {Error} The server has refused. */
async function send(url: string, options: HTTPRequestOptions): Promise<StoredFile[]> {
  const response = await client.fetch(url, { ...options, raiseError: false });
  if (response.error !== null) throw new Error(`${url} refuses with status ${response.code}: ${response.text}`);
  return response.json<{ files: StoredFile[] }>().files;
}

async function* formOf(files: readonly Outgoing[], boundary: string): AsyncGenerator<string | Uint8Array<ArrayBuffer>> {
  for (const file of files) {
    // As browsers write it: https://html.spec.whatwg.org/#multipart-form-data
    const name = file.name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
    yield `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n` +
      "Content-Type: application/octet-stream\r\n\r\n";
    yield* file.content();
    yield "\r\n";
  }
  yield `--${boundary}--\r\n`;
}

/** Sends all files in one form, with the token that its page has set as a cookie. */
async function post(server: string, files: readonly Outgoing[]): Promise<void> {
  await client.fetch(server);
  const token = [...cookies].find(({ name }) => name === "_xsrf")?.value ?? "";
  const boundary = crypto.randomUUID();
  const headers = { "Content-Type": `multipart/form-data; boundary=${boundary}`, "X-XSRFToken": token };
  const stored = await send(`${server}/upload`, { method: "POST", headers, body: formOf(files, boundary) });
  files.forEach((file, i) => file.report(stored[i], server));
}

/** Sends each file as a body of its own, several at once. */
async function put(server: string, files: readonly Outgoing[], atOnce: number): Promise<void> {
  if (!(atOnce >= 1)) throw new RangeError(`Cannot send ${atOnce} files at once`);
  const queue = files.values();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const file of queue) {
      const options = { method: "PUT", body: file.content() };
      const [stored] = await send(`${server}/upload/${encodeURIComponent(file.name)}`, options);
      file.report(stored, server);
    }
  }));
}

const server = option("to", "http://localhost:8888").replace(/\/$/, "");
const files = Deno.args.filter((arg) => !arg.startsWith("--")).map((path) => new Outgoing(path));
try {
  if (files.length === 0) throw new Error("Cannot send nothing: name files");
  if (Deno.args.includes("--put")) await put(server, files, Number(option("at-once", "3")));
  else await post(server, files);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
} finally {
  client.close();
}
