// Answers in several writes: [root of the code]
const [root = "../.."] = Deno.args;
const { Application, FallbackHandler, RequestHandler }: typeof import("../../src/web/mod.ts") = await import(
  `${root}/src/web/mod.ts`
);

class FlushHandler extends RequestHandler {
  override async get(): Promise<void> {
    this.write("first");
    await this.flush();
    this.write("second");
  }
}

class EventsHandler extends RequestHandler {
  override async get(): Promise<void> {
    this.setHeader("Content-Type", "text/event-stream");
    for (let i = 0; i < 3; i++) {
      this.write(`data: ${i}\n\n`);
      await this.flush();
    }
  }
}

class WholeHandler extends RequestHandler {
  override get(): void {
    this.write("whole");
  }
}

const options = { logFunction() {} };
const inner = new Application([["/.*", WholeHandler]], options);
const app = new Application([
  ["/flush", FlushHandler],
  ["/gzip", FlushHandler],
  ["/events", EventsHandler],
  ["/fallback", FallbackHandler, { fallback: inner }],
], { ...options, compressResponse: true });
console.log(`listening ${app.listen(0, { address: "127.0.0.1" }).port}`);
