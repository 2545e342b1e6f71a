import { assertEquals } from "@std/assert";
import { Browser } from "../support/chromium.ts";
import { startOidcProvider } from "../support/oidc_provider.ts";
import { startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

/** The client of tests/libraries/oidc_provider.ts. */
const CLIENT = ["--key=basic", "--secret=a secret / with & characters"];

test("google_auth page: a user logs in at oidc-provider and out again", async () => {
  await using provider = await startOidcProvider();
  const args = [`--issuer=${provider.issuer}`, ...CLIENT];
  await using program = await startProgram("examples/google_auth/main.ts", { args });
  await using browser = await Browser.launch();
  const page = await browser.open(`${program.address}/`);
  const at = (where: string) =>
    `location.href.startsWith(${JSON.stringify(where)}) && document.readyState === "complete"`;
  await page.until(`${at(`${provider.issuer}/interaction/`)} && document.querySelector("[name=login]") !== null`);
  await page.type("[name=login]", "ada");
  await page.type("[name=password]", "x");
  await page.enter();
  await page.until(`${at(`${provider.issuer}/interaction/`)} && document.querySelector("[name=login]") === null`);
  await page.click("button[type=submit]");
  await page.until(`${at(`${program.address}/`)} && document.querySelector("#name") !== null`);
  assertEquals(await page.evaluate(`document.querySelector("#name").textContent`), "Hello, ada");
  assertEquals(await page.evaluate(`location.pathname + location.search`), "/");
  assertEquals(await page.evaluate(`document.cookie.includes("google_user")`), false);
  const { cookies } = await page.send("Network.getCookies", { urls: [program.address] });
  const names = Object.values(Object(cookies)).map((cookie) => String(Object(cookie).name)).sort();
  assertEquals(names, ["_xsrf", "google_user"]);
  await page.click("#logout");
  await page.until(`${at(`${program.address}/bye`)} && document.querySelector("#login") !== null`);
  // The provider still knows the user, and asks nothing.
  await page.click("#login");
  await page.until(`${at(`${program.address}/`)} && document.querySelector("#name") !== null`);
  assertEquals(browser.faults, []);
});
