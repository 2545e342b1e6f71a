import { assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

/** Waits for a page on which something is true, all of it, so that nothing moves any more. */
async function arrive(page: Page, expression: string): Promise<void> {
  await page.until(`document.readyState === "complete" && (${expression})`);
}

async function signUp(page: Page, name: string): Promise<void> {
  await page.type("[name=email]", `${name.toLowerCase()}@example.com`);
  await page.type("[name=name]", name);
  await page.type("[name=password]", "correct horse");
  await page.enter();
  await arrive(page, `location.pathname === "/" && document.querySelector("header button") !== null`);
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("TWISTER_SCREENSHOTS");
  if (folder !== undefined) await page.screenshot(`${folder}/acl_${name}.png`);
}

/** Presses a button, which may lie below what the window shows. */
async function press(page: Page, selector: string): Promise<void> {
  await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
}

test("acl pages: errors in a form, a record, permissions for another user, what that user sees", async () => {
  await using program = await startProgram("examples/acl/main.ts", { permissions: ["--allow-read"] });
  await using browser = await Browser.launch();
  const { address } = program;
  const ada = await browser.open(`${address}/auth/sign-up`);
  await signUp(ada, "Ada");
  const bob = await browser.open(`${address}/auth/sign-up`);
  await signUp(bob, "Bob");
  assertEquals(await bob.evaluate(`document.querySelectorAll("header nav a").length`), 0);

  await ada.goto(`${address}/equipment`);
  await press(ada, "a.new");
  await arrive(ada, `location.pathname === "/equipment/new" && document.querySelector("select") !== null`);
  await ada.type("[name=name]", "Drill & <b>bits</b>");
  await ada.type("[name=pieces]", "-1");
  await press(ada, "main button");
  await arrive(ada, `document.querySelectorAll(".error").length === 2`);
  assertEquals(await ada.evaluate(`document.querySelector("[name=name]").value`), "Drill & <b>bits</b>");
  assertEquals(await ada.evaluate(`getComputedStyle(document.querySelector(".error")).color`), "rgb(176, 0, 32)");
  await picture(ada, "form");
  await ada.evaluate(`document.querySelector("select").value = "in stock"`);
  await ada.evaluate(`document.querySelector("[name=pieces]").value = ""`);
  await ada.type("[name=pieces]", "12");
  await press(ada, "main button");
  await arrive(ada, `location.pathname === "/equipment/1" && document.querySelector("dl") !== null`);
  assertEquals(await ada.evaluate(`document.querySelector("h1").textContent`), "Drill & <b>bits</b>");
  assertEquals(
    await ada.evaluate(`Array.from(document.querySelectorAll("dd"), (dd) => dd.innerText)`),
    ["in stock", "12", "-"],
  );
  await picture(ada, "detail");

  await ada.goto(`${address}/admin/users/2`);
  await ada.click(`[value="equipment write"]`);
  await picture(ada, "user");
  await press(ada, "main button");
  await arrive(ada, `location.pathname === "/admin/users" && document.querySelector("table") !== null`);
  await picture(ada, "users");

  await bob.goto(`${address}/`);
  assertEquals(await bob.evaluate(`document.querySelector("header nav").innerText.trim()`), "Equipment");
  await bob.click("header nav a");
  await arrive(bob, `document.querySelector("tbody a") !== null`);
  await picture(bob, "list");
  await bob.click("tbody a");
  await arrive(bob, `document.querySelector("a.edit") !== null`);
  assertEquals(await bob.evaluate(`document.querySelector("a.delete")`), null);
  await press(bob, "a.edit");
  await arrive(bob, `document.querySelector("select")?.value === "in stock"`);
  await bob.goto(`${address}/equipment/1/delete`);
  assertEquals(await bob.evaluate(`document.querySelector("h1").textContent`), "403");
  await picture(bob, "error");

  await ada.goto(`${address}/equipment/1/delete`);
  await press(ada, "main button");
  await arrive(ada, `location.pathname === "/equipment" && document.body.innerText.includes("There are none yet")`);
  await ada.click("header button");
  await arrive(ada, `location.pathname === "/" && document.querySelector("header button") === null`);
  assertEquals(browser.faults, []);
});
