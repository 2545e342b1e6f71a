import { assertEquals } from "@std/assert";
import { Browser } from "../support/chromium.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

test("blog pages: sign up, write, change what was written, sign out", async () => {
  await using program = await startProgram("examples/blog/main.ts", { permissions: ["--allow-read"] });
  await using browser = await Browser.launch();
  const page = await browser.open(`${program.address}/compose`);
  assertEquals(await page.evaluate("location.pathname + location.search"), "/auth/login?next=%2Fcompose");

  await page.goto(`${program.address}/auth/sign-up`);
  await page.type("[name=email]", "ada@example.com");
  await page.type("[name=name]", "Ada");
  await page.type("[name=password]", "correct horse");
  await page.enter();
  await page.until(`location.pathname === "/" && document.querySelector("nav button") !== null`);

  await page.goto(`${program.address}/compose`);
  await page.type("[name=title]", "First & <b>entry</b>");
  await page.type("[name=text]", "One\nline\n\nSee http://example.com/.");
  // It may lie below what the window shows.
  await page.evaluate(`document.querySelector("main button").click()`);
  await page.until(`document.readyState === "complete" && document.querySelector("article") !== null`);
  assertEquals(await page.evaluate(`document.querySelector("article h2").textContent`), "First & <b>entry</b>");
  assertEquals(await page.evaluate(`document.querySelector("article p a[href^=http]").href`), "http://example.com/");
  assertEquals(await page.evaluate(`document.querySelectorAll("article > p").length`), 3);
  // The style sheet of the UI module is there, and the policy lets it in.
  assertEquals(await page.evaluate(`getComputedStyle(document.querySelector(".date")).color`), "rgb(102, 102, 102)");
  const picture = Deno.env.get("TWISTER_SCREENSHOT");
  if (picture !== undefined) await page.screenshot(picture);

  await page.click(".date a");
  await page.until(`document.querySelector("[name=text]") !== null`);
  assertEquals(
    await page.evaluate(`document.querySelector("[name=text]").value`),
    "One\nline\n\nSee http://example.com/.",
  );
  await page.type("[name=title]", "!");
  await page.enter();
  await page.until(`document.querySelector("article h2")?.textContent.includes("!")`);

  await page.click("nav button");
  await page.until(`location.pathname === "/" && document.querySelector("nav button") === null`);
  assertEquals(browser.faults, []);
});
