// Pictures of the pages of all examples, in a narrow and a wide window, light and dark:
// deno task browser:views [--out=FOLDER] [--only=NAME,...]
import { option } from "../../examples/shared/option.ts";
import { startClusterChat } from "../support/cluster_chat.ts";
import { Browser, type Page } from "../support/chromium.ts";
import { CONSUMER, IdentityProvider } from "../support/identity_provider.ts";
import { type Program, startProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";

const VIEWS = [
  { name: "narrow-light", width: 390, height: 844, scheme: "light" },
  { name: "narrow-dark", width: 390, height: 844, scheme: "dark" },
  { name: "wide-light", width: 1440, height: 900, scheme: "light" },
  { name: "wide-dark", width: 1440, height: 900, scheme: "dark" },
];

/** An example, and how its page gets something to show. */
interface Example {
  readonly name: string;
  readonly permissions?: readonly string[];
  readonly args?: readonly string[];
  /** The file of the program, if it is not `main.ts`. */
  readonly main?: string;
  readonly start?: () => Promise<Program>;
  /** The path of the first page, where `/` leads to another site. */
  readonly first?: string;
  /** Leads a new page to what is to be seen. */
  readonly show: (page: Page, address: string) => Promise<void>;
  /** More pages to see, which need no steps. */
  readonly paths?: readonly string[];
}

const LIVE = `document.querySelector("#state")?.dataset.state === "live"`;
const LONG = "A line that is longer than a narrow window is wide, so that it has to be broken, and then a word: " +
  "x".repeat(60);

/** Fills in fields by name, and sends the form of the first. */
async function submit(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate(`{
    const fields = ${JSON.stringify(fields)};
    for (const [name, value] of Object.entries(fields)) document.getElementsByName(name)[0].value = value;
    window.isOld = true;
    document.getElementsByName(Object.keys(fields)[0])[0].form.requestSubmit();
  }`);
  await page.until(`!window.isOld && document.readyState === "complete"`);
}

/** Says something in a chat whose field has this selector. */
async function say(page: Page, field: string, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await page.type(field, text);
    await page.enter();
    await page.until(`document.body.innerText.includes(${JSON.stringify(text.slice(0, 20))})`);
  }
}

const USER = { email: "ada@example.org", name: "Ada", password: "correct horse" };
const files = ["--allow-read", "--allow-write"];

function examples(folder: string, issuer: string): Example[] {
  return [
    {
      name: "acl",
      permissions: files,
      show: async (page, address) => {
        await page.goto(`${address}/auth/sign-up`);
        await submit(page, USER);
      },
      paths: ["/admin/users", "/nowhere", "/auth/login"],
    },
    {
      name: "blog",
      permissions: files,
      show: async (page, address) => {
        await page.goto(`${address}/auth/sign-up`);
        await submit(page, USER);
        await page.goto(`${address}/compose`);
        await submit(page, {
          title: "A first entry",
          text: `## Hello\n\nSome *words*, and https://example.org/.\n\n${LONG}`,
        });
        await page.goto(`${address}/`);
      },
      paths: ["/entry/a-first-entry", "/archive", "/compose", "/auth/login"],
    },
    {
      name: "chat",
      show: async (page, address) => {
        await page.goto(`${address}/rooms/lobby`);
        await page.until(LIVE);
      },
    },
    {
      name: "cluster_chat",
      start: startClusterChat,
      show: async (page) => {
        await page.until(LIVE);
        await say(page, "[name=text]", "Hello to all", LONG);
      },
    },
    { name: "dashboard", show: (page) => page.until(`${LIVE} && document.querySelectorAll("#rows tr").length > 2`) },
    {
      name: "drawing_board",
      show: async (page, address) => {
        await page.goto(`${address}/boards/sketch`);
        await page.until(LIVE);
      },
    },
    { name: "file_upload", permissions: files, args: [`--directory=${folder}`], show: () => Promise.resolve() },
    {
      name: "google_auth",
      args: [`--issuer=${issuer}`, `--key=${CONSUMER.key}`, `--secret=${CONSUMER.secret}`],
      first: "/bye",
      show: () => Promise.resolve(),
    },
    {
      name: "facebook",
      args: ["--key=key", "--secret=secret"],
      first: "/bye",
      show: () => Promise.resolve(),
    },
    {
      name: "supervised_chat",
      permissions: ["--allow-run", "--allow-env"],
      show: async (page) => {
        await page.until(LIVE);
        await say(page, "#text", "Hello to all", LONG);
      },
    },
    { name: "todo_api", main: "with_pages.ts", permissions: files, show: () => Promise.resolve() },
    {
      name: "token_stream",
      show: async (page) => {
        await page.evaluate(`document.querySelector("form").requestSubmit()`);
        await page.until(`document.body.innerText.length > 300`);
      },
    },
    {
      name: "websocket_chat",
      show: async (page, address) => {
        await page.goto(`${address}/rooms/lobby`);
        await page.until(`document.readyState === "complete"`);
      },
    },
  ];
}

/** Waits for two frames, in which the page is drawn. */
const DRAWN = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))`;

const out = option("out", "views");
const only = option("only")?.split(",") ?? null;
await Deno.mkdir(out, { recursive: true });
using dir = new TempDir();
await using provider = await IdentityProvider.start();
await using browser = await Browser.launch();
for (const example of examples(dir.path, provider.issuer)) {
  const { name, main = "main.ts", permissions = [], args = [], first = "/", show, paths = [] } = example;
  if (only !== null && !only.includes(name)) continue;
  await using program = await (example.start?.() ??
    startProgram(`examples/${name}/${main}`, { permissions, args }));
  const page = await browser.open(program.address + first);
  await show(page, program.address);
  for (const path of [null, ...paths]) {
    if (path !== null) await page.goto(program.address + path);
    for (const view of VIEWS) {
      const { width, height, scheme } = view;
      await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
      await page.until(`innerWidth === ${width}`);
      await page.evaluate(DRAWN);
      const file = `${name}${path?.replaceAll("/", "-") ?? ""}-${view.name}.png`;
      await page.screenshot(`${out}/${file}`);
      const overflow = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
      console.log(`${file}${overflow > 0 ? `: ${overflow} px too wide` : ""}`);
    }
  }
  // In order, so that a program ends the processes that it has started.
  await program.interrupt();
}
for (const fault of browser.faults) console.error(fault);
Deno.exit(browser.faults.length === 0 ? 0 : 1);
