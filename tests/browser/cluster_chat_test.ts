import { assert, assertEquals } from "@std/assert";
import { Browser, type Page } from "../support/chromium.ts";
import { startClusterChat } from "../support/cluster_chat.ts";
import { test } from "../support/test.ts";

const MESSAGES = 40;
const CHAT = `[...document.querySelectorAll("#chat li")].map((line) => line.textContent)`;

async function say(page: Page, text: string): Promise<void> {
  await page.evaluate(`{
    const form = document.querySelector("form");
    form.elements.text.value = ${JSON.stringify(text)};
    form.requestSubmit();
  }`);
}

test(
  "examples/cluster_chat: two browsers talk while their node is killed, and nothing is lost or doubled",
  async () => {
    await using program = await startClusterChat();
    await using browser = await Browser.launch();
    const pages = await Promise.all(["Ann", "Bob"].map((name) => browser.open(`${program.address}/?name=${name}`)));
    for (const page of pages) await page.until(`document.querySelector("#here").textContent === "Ann, Bob"`);
    const [ann] = pages;
    assert(ann !== undefined);
    const port = String(await ann.evaluate(`document.querySelector("#state").textContent`)).replace(/\D+/, "");
    const pid = program.output.match(new RegExp(`^Node (\\d+) serves http://localhost:${port}/$`, "m"))?.[1];
    assert(pid !== undefined, program.output);

    for (let i = 1; i <= MESSAGES; i++) {
      for (const page of pages) await say(page, `message ${i}`);
      if (i === MESSAGES / 4) Deno.kill(Number(pid), "SIGKILL");
    }
    for (const page of pages) await page.until(`${CHAT}.length >= ${2 * MESSAGES}`);
    const expected = Array.from({ length: MESSAGES }, (_, i) => `message ${i + 1}`);
    for (const page of pages) {
      const lines = String(await page.evaluate(`${CHAT}.join("\\n")`)).split("\n");
      assertEquals(lines.length, 2 * MESSAGES);
      for (const name of ["Ann", "Bob"]) {
        const said = lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
        assertEquals(said, expected);
      }
    }
    // The ones of the node that was killed are gone after a while, and those who came back are there once.
    for (const page of pages) await page.until(`document.querySelector("#here").textContent === "Ann, Bob"`);
    assertEquals(browser.faults, []);
    assertEquals(await program.interrupt(), 0);
  },
  { deadline: 180 },
);
