import { assertEquals } from "@std/assert";
import { Browser } from "../support/chromium.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

const TRY = `(() => {
  const post = document.querySelector(".opblock-post");
  if (post === null) return false;
  if (!post.classList.contains("is-open")) post.querySelector("button.opblock-summary-control").click();
  const button = post.querySelector(".try-out__btn");
  if (button === null) return false;
  if (!button.classList.contains("cancel")) button.click();
  const execute = post.querySelector("button.execute");
  if (execute === null) return false;
  execute.click();
  return true;
})()`;

test("todo API: Swagger UI shows the routes, and a request that it sends is answered", async () => {
  await using program = await startProgram("examples/todo_api/with_pages.ts", {
    permissions: ["--allow-read", "--allow-write"],
  });
  await using browser = await Browser.launch();
  const page = await browser.open(`${program.address}/docs/`);
  await page.until(`document.querySelectorAll(".opblock").length === 5`);
  const routes = `[...document.querySelectorAll(".opblock-summary-path")].map((path) => path.dataset.path)`;
  assertEquals(await page.evaluate(routes), ["/todos", "/todos", "/todos/{id}", "/todos/{id}", "/todos/{id}"]);
  await page.until(TRY);
  // The first cell is the heading.
  const statuses = `[...document.querySelectorAll(".live-responses-table .response-col_status")]`;
  await page.until(`${statuses}.some((cell) => cell.innerText.startsWith("201"))`);
  assertEquals(browser.faults, []);
  // Swagger UI is 1.5 MB of script, which a busy machine takes its time for.
});
