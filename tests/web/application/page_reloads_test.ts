import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Application } from "../../../src/web/mod.ts";
import { ProgramFolder, type RunningProgram } from "../../support/reloaded.ts";
import { test } from "../../support/test.ts";

const MAIN = `import { Application, RequestHandler } from "twister/web/mod.ts";
import { loadTranslations } from "twister/locale/mod.ts";
class MainHandler extends RequestHandler {
  override get(): void {
    this.render("page.html", { pid: Deno.pid });
  }
}
loadTranslations("locale");
const app = new Application([["/", MainHandler]], {
  debug: true,
  templatePath: "templates",
  staticPath: "static",
});
const server = app.listen(0, { address: "127.0.0.1", engine: Deno.args[0] === "serve" ? "serve" : "listen" });
console.log(server.port);
Deno.addSignalListener("SIGTERM", () => server.drain(20).then(() => Deno.exit(4)));
`;

function site(): ProgramFolder {
  const folder = new ProgramFolder();
  folder.save("main.ts", MAIN);
  folder.save("templates/page.html", "<html><body>one {{ pid }}</body></html>");
  folder.save("static/site.css", "p { color: red }");
  folder.save("locale/es_LA.csv", '"Hello","Hola"\n');
  return folder;
}

/** The events of a page, and the texts of pages. */
class Client implements AsyncDisposable {
  readonly #url: string;
  readonly #abort = new AbortController();
  #reader: ReadableStreamDefaultReader<string> | null = null;
  #text = "";

  private constructor(port: string) {
    this.#url = `http://127.0.0.1:${port}`;
  }

  static async connect(program: RunningProgram): Promise<Client> {
    const client = new Client(await program.line());
    const { body } = await fetch(`${client.#url}/_twister/autoreload`, { signal: client.#abort.signal });
    client.#reader = body?.pipeThrough(new TextDecoderStream()).getReader() ?? null;
    return client;
  }

  async page(path: string = "/"): Promise<string> {
    return await (await fetch(this.#url + path)).text();
  }

  /** Resolves with the name and the data of the next event, or `null` at the end. */
  async event(): Promise<{ event: string; data: string } | null> {
    for (;;) {
      const [match, event = "", data = ""] = /event: (.*)\ndata: (.*)\n\n/.exec(this.#text) ?? [];
      if (match !== undefined) {
        this.#text = this.#text.slice(this.#text.indexOf(match) + match.length);
        return { event, data };
      }
      // A restart cuts the stream.
      const part = await this.#reader?.read().catch(() => undefined);
      if (part === undefined || part.done) return null;
      this.#text += part.value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reader?.cancel().catch(() => {});
  }
}

for (const engine of ["listen", "serve"]) {
  test(`${engine}: templates and static files need no restart, and pages hear of it`, async () => {
    using folder = site();
    await using program = folder.run("main.ts", engine);
    await using client = await Client.connect(program);
    const first = await client.event();
    assertEquals(first?.event, "version");
    const page = await client.page();
    assertMatch(page, /<body>one \d+<script src="\/_twister\/autoreload.js" data-version="[^"]+"><\/script>\n<\/body>/);
    assertStringIncludes(await client.page("/_twister/autoreload.js"), "new EventSource");

    folder.save("static/site.css", "p { color: blue }");
    const style = await client.event();
    assertEquals(style?.event, "style");
    folder.save("templates/page.html", "<html><body>two {{ pid }}</body></html>");
    const changed = await client.event();
    assertEquals(changed?.event, "version");
    assertEquals(new Set([first?.data, style?.data, changed?.data]).size, 3);
    // The same process has made both pages.
    const pid = /one (\d+)/.exec(page)?.[1];
    assertStringIncludes(
      await client.page(),
      `two ${pid}<script src="/_twister/autoreload.js" data-version="${changed?.data}"`,
    );

    // The stream must not hold back a drain.
    program.kill("SIGTERM");
    assertEquals(await client.event(), null);
    assertEquals(await program.end(), { code: 4, output: [] });
  });
}

test("translations restart the program", async () => {
  using folder = site();
  await using program = folder.run("main.ts");
  await using before = await Client.connect(program);
  const first = await before.event();
  folder.save("locale/es_LA.csv", '"Hello","Buenos dias"\n');
  assertEquals(await before.event(), null);
  await using after = await Client.connect(program);
  const second = await after.event();
  assertEquals([first?.event, second?.event], ["version", "version"]);
  assert(first?.data !== second?.data);
});

test("with the setting autoreload alone, templates are kept, and a changed one restarts the program", async () => {
  using folder = site();
  folder.save("main.ts", MAIN.replace("debug: true", "autoreload: true"));
  await using program = folder.run("main.ts");
  await using before = await Client.connect(program);
  await before.event();
  folder.save("templates/page.html", "<html><body>two</body></html>");
  assertEquals(await before.event(), null);
  await using after = await Client.connect(program);
  assertStringIncludes(await after.page(), "two");
});

test("an application that nothing restarts has no script and no stream", async (t) => {
  t.expectLog("tornado.access", /^404 GET/);
  const app = new Application([], { debug: true });
  assertEquals((await app.fetch(new Request("http://localhost/_twister/autoreload"))).status, 404);
  assertEquals(app.defaultRouter.rules.length, 1);
});
