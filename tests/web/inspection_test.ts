import { assertEquals } from "@std/assert";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { toText } from "../../src/internal/printf.ts";
import { test } from "../support/test.ts";

test("handlers and applications show their class alone, and so no secret of the settings", async () => {
  const shown: string[] = [];
  class Main extends RequestHandler {
    override get(): void {
      for (const value of [this, this.application]) {
        shown.push(toText(value), String(value), Deno.inspect(value), Deno.inspect([value]));
      }
    }
  }
  const app = new Application([["/", Main]], { cookieSecret: "secret" });
  await (await app.fetch(new Request("http://localhost/"))).body?.cancel();
  const expected = ["Main", "Application"].map((name) => `<${name} object>`);
  assertEquals(shown, expected.flatMap((text) => [text, text, text, `[ ${text} ]`]));
});
