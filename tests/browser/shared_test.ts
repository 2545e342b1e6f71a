// What the pages of all examples have in common: they fit a narrow window, and they have the style and the icon.
import { assertEquals, assertMatch } from "@std/assert";
import { Browser } from "../support/chromium.ts";
import { startProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const READY = `document.readyState === "complete"`;
const LIVE = `document.querySelector("#state").dataset.state === "live"`;

/** Larger figures than a dashboard that has just started shows. */
const LARGE_FIGURES = `for (const dd of document.querySelectorAll("dd")) dd.textContent = "12,345.6 MB"`;

/** What a page shows to somebody with a long name. */
const LONG_NAME = `document.querySelector("nav").insertAdjacentHTML("beforeend",
  '<form class="end"><button>' + "A".repeat(60) + "</button></form>")`;

const PAGES: readonly { name: string; paths: readonly string[]; until?: string; before?: string }[] = [
  { name: "acl", paths: ["/", "/auth/login", "/auth/sign-up"] },
  { name: "blog", paths: ["/", "/archive", "/auth/login", "/auth/sign-up"], before: LONG_NAME },
  { name: "chat", paths: ["/rooms/lobby"], until: LIVE },
  { name: "dashboard", paths: ["/"], until: `${LIVE} && document.querySelector("dd")`, before: LARGE_FIGURES },
  { name: "drawing_board", paths: ["/boards/sketch"], until: LIVE },
  { name: "file_upload", paths: ["/"] },
  { name: "websocket_chat", paths: ["/rooms/lobby"] },
];

for (const { name, paths, until = "true", before = "0" } of PAGES) {
  test(`${name} pages: fit 390 px, with the style and the icon of all examples`, async () => {
    using dir = new TempDir();
    await using program = await startProgram(`examples/${name}/main.ts`, {
      permissions: ["--allow-read", "--allow-write"],
      args: name === "file_upload" ? [`--directory=${dir.path}`] : [],
    });
    await using browser = await Browser.launch();
    const page = await browser.open(program.address);
    await page.send("Emulation.setDeviceMetricsOverride", {
      width: 390,
      height: 844,
      deviceScaleFactor: 1,
      mobile: false,
    });
    for (const path of paths) {
      await page.goto(program.address + path);
      await page.until(`${READY} && innerWidth === 390 && ${until}`);
      const state = await page.evaluate(`${before};
        [
          document.documentElement.scrollWidth <= innerWidth,
          document.querySelector("link[rel=icon]").getAttribute("href"),
          getComputedStyle(document.documentElement).getPropertyValue("--fill"),
        ]`);
      assertEquals(state, [true, "/shared/icon.svg", "#3f6ff0"], path);
    }
    const icon = await fetch(`${program.address}/favicon.ico`);
    await icon.body?.cancel();
    assertEquals(icon.status, 200);
    assertMatch(icon.headers.get("content-type") ?? "", /^image\//);
    assertEquals(browser.faults, []);
  });
}
