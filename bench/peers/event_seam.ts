// Asks several copies of the project for a page in turn, in one process and without sockets, and prints how many
// microseconds the processor works for a request of each, round by round: [[first, second, ...], ...]. The arguments
// are the folders of the copies; it loads them in this order.
import { Buffer } from "node:buffer";
import { cpuUsage } from "node:process";

const CONNECTIONS = 32;
/** So few that a round is over in milliseconds: the speed of a machine changes from one second to the next. */
const REQUESTS = 640;
const WARM_UP_ROUNDS = 150;
const ROUNDS = 400;
const REQUEST = Uint8Array.from("GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n", (char) => char.charCodeAt(0));

/** What a stream gives its transport to be told by. */
interface Receiver {
  onData(bytes: Uint8Array, count: number): void;
}

/** A connection whose kernel takes everything immediately. */
class Feed {
  readonly readPending = false;
  readonly localAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  readonly remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 2 } as const;
  writes = 0;
  receiver: Receiver | null = null;

  attach(receiver: Receiver): void {
    this.receiver = receiver;
  }
  startReading(): void {}
  stopReading(): void {}
  write(): boolean {
    this.writes++;
    return true;
  }
  writeLatin1(): boolean {
    return this.write();
  }
  async closeWrite(): Promise<void> {}
  close(): void {}
}

/** The connections to an application of one copy. */
async function connect(folder: string): Promise<Feed[]> {
  const { HTTPServer } = await import(`${folder}/src/http/httpserver.ts`);
  const { IOStream } = await import(`${folder}/src/net/iostream.ts`);
  const { Application, RequestHandler } = await import(`${folder}/src/web/mod.ts`);
  class MainHandler extends RequestHandler {
    get(): void {
      this.write("Hello, world");
    }
  }
  const server = new HTTPServer(new Application([["/", MainHandler]], { logFunction() {} }));
  return Array.from({ length: CONNECTIONS }, () => {
    const feed = new Feed();
    server.handleStream(new IOStream(feed), feed.remoteAddr);
    return feed;
  });
}

/** Returns the microseconds of work for each request. */
async function measure(feeds: readonly Feed[]): Promise<number> {
  const buffer = Buffer.from(REQUEST);
  const before = feeds.reduce((sum, { writes }) => sum + writes, 0);
  const { user, system } = cpuUsage();
  for (let i = 0; i < REQUESTS / CONNECTIONS; i++) {
    for (const { receiver } of feeds) receiver?.onData(buffer, REQUEST.length);
    await null;
  }
  const used = cpuUsage();
  const answers = feeds.reduce((sum, { writes }) => sum + writes, 0) - before;
  if (answers !== REQUESTS) throw new Error(`${answers} of ${REQUESTS} requests were answered`);
  return (used.user - user + used.system - system) / REQUESTS;
}

const copies = [];
for (const folder of Deno.args) copies.push(await connect(folder));
const rounds: number[][] = [];
for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
  const work = new Array<number>(copies.length).fill(0);
  const order = [...copies.keys()];
  for (const at of round % 2 === 0 ? order : order.reverse()) work[at] = await measure(copies[at] ?? []);
  if (round >= WARM_UP_ROUNDS) rounds.push(work);
}
console.log(JSON.stringify(rounds));
Deno.exit(0);
