// The page of a program that is being developed, beside an editor.
import { assertEquals } from "@std/assert";
import { Browser } from "../support/chromium.ts";
import { ProgramFolder } from "../support/reloaded.ts";
import { test } from "../support/test.ts";
import { freePort } from "../support/free_port.ts";

const MAIN = `import { Application, RequestHandler } from "twister/web/mod.ts";
import { greeting } from "./greeting.ts";
class MainHandler extends RequestHandler {
  override get(): void {
    this.render("page.html", { greeting });
  }
}
const app = new Application([["/", MainHandler]], { debug: true, templatePath: "templates", staticPath: "static" });
app.listen(Number(Deno.args[0]), { address: "127.0.0.1" });
console.log("up");
`;

const PAGE = `<html>
  <head><link rel="stylesheet" href="{{ static_url("page.css") }}"></head>
  <body><h1>first title</h1><p>{{ greeting }}</p></body>
</html>`;

test("a page reloads itself after edits of code and templates, and takes a style sheet without", async () => {
  using folder = new ProgramFolder();
  folder.save("main.ts", MAIN);
  folder.save("greeting.ts", 'export const greeting = "first";\n');
  folder.save("templates/page.html", PAGE);
  folder.save("static/page.css", "p { color: rgb(1, 1, 1) }");
  const port = freePort();
  await using program = folder.run("main.ts", String(port));
  assertEquals(await program.line(), "up");
  await using browser = await Browser.launch();
  const page = await browser.open(`http://127.0.0.1:${port}/`);
  const text = (selector: string) => `document.querySelector("${selector}")?.textContent`;
  await page.until(`${text("p")} === "first"`);

  folder.save("greeting.ts", 'export const greeting = "second";\n');
  await page.until(`${text("p")} === "second"`);

  // A fault and its correction.
  folder.save("greeting.ts", "export const greeting = ;\n");
  await program.error(/exit code 1; waiting/);
  folder.save("greeting.ts", 'export const greeting = "third";\n');
  await page.until(`${text("p")} === "third"`);

  folder.save("templates/page.html", PAGE.replace("first", "second"));
  await page.until(`${text("h1")} === "second title"`);

  await page.evaluate("window.mark = 1");
  folder.save("static/page.css", "p { color: rgb(2, 2, 2) }");
  await page.until(`getComputedStyle(document.querySelector("p")).color === "rgb(2, 2, 2)"`);
  assertEquals(await page.evaluate("window.mark"), 1);
  assertEquals(browser.faults, []);
});
