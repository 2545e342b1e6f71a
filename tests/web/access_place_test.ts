import { assertEquals } from "@std/assert";
import { accessLog, INFO, LogFormatter } from "../../src/util/log.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";

class Hello extends RequestHandler {
  override get(): void {
    this.write("hello");
  }
}

test("Access lines name their place, which is looked for once", async () => {
  const formatter = new LogFormatter({ fmt: "%(module)s %(levelname)s", color: false });
  const lines: string[] = [];
  const handler = {
    handle: (record: Parameters<typeof formatter.format>[0]) => void lines.push(formatter.format(record)),
  };
  const { level } = accessLog;
  const { captureStackTrace } = Error;
  let searches = 0;
  accessLog.level = INFO;
  accessLog.addHandler(handler);
  const app = new Application([["/", Hello]]);
  const ask = async () => void await (await app.fetch(new Request("http://localhost/"))).text();
  try {
    await ask();
    Error.captureStackTrace = (holder, fn) => {
      searches++;
      captureStackTrace(holder, fn);
    };
    await ask();
    await ask();
  } finally {
    Error.captureStackTrace = captureStackTrace;
    accessLog.removeHandler(handler);
    accessLog.level = level;
  }
  assertEquals([lines, searches], [Array(3).fill("request_log INFO"), 0]);
});
