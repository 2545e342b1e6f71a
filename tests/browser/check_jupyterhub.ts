// Debian's JupyterHub starts the example hub_proxy in place of its own proxy: from the login to a cell that has run.
import { assertEquals, assertNotEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { Browser, type Page } from "../support/chromium.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const TOKEN = "token-of-the-proxy";
/** Seconds for all of it: four programs of Python start one after another. */
const DEADLINE = 300;
/** How often a page is looked at for half a minute: a notebook takes long to start on a busy machine. */
const LOOKS = 6;

/** A notebook of two cells, of which each tells what it has computed. */
const NOTEBOOK = JSON.stringify({
  cells: ["print('first', 6 * 7)", "print('second', 7 * 8)"].map((source) => ({
    cell_type: "code",
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  })),
  metadata: { kernelspec: { display_name: "Python 3", language: "python", name: "python3" } },
  nbformat: 4,
  nbformat_minor: 4,
});

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

/** JupyterHub with our proxy, and a home with a notebook. */
class Hub implements AsyncDisposable {
  readonly #directory = new TempDir();
  readonly #process: Deno.ChildProcess;
  readonly #api: number;
  readonly url: string;

  constructor() {
    const [port = 0, api = 0, own = 0] = freePorts(3);
    const { path } = this.#directory;
    const command = [
      Deno.execPath(),
      "run",
      "-A",
      `${projectRoot}examples/hub_proxy/main.ts`,
      "--state-file",
      `${path}/routes.json`,
    ];
    this.#api = api;
    this.url = `http://127.0.0.1:${port}`;
    this.#directory.write("homes/ada/cells.ipynb", NOTEBOOK);
    const config = this.#directory.write(
      "jupyterhub_config.py",
      `
import json
c.JupyterHub.bind_url = "${this.url}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:${own}"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = "${path}/cookie_secret"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${api}"
c.ConfigurableHTTPProxy.auth_token = "${TOKEN}"
c.ConfigurableHTTPProxy.pid_file = "${path}/proxy.pid"
c.ConfigurableHTTPProxy.check_running_interval = 1
c.ConfigurableHTTPProxy.command = json.loads('${JSON.stringify(command)}')
c.SimpleLocalProcessSpawner.home_dir_template = "${path}/homes/{username}"
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = ${DEADLINE}
c.Spawner.http_timeout = ${DEADLINE}
`,
    );
    this.#process = new Deno.Command("/usr/bin/jupyterhub", {
      args: ["-f", config],
      cwd: path,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** The number of the proxy's process; 0 while there is none. */
  get proxyPid(): number {
    try {
      return Number(Deno.readTextFileSync(`${this.#directory.path}/proxy.pid`));
    } catch {
      return 0;
    }
  }

  /** Asks the proxy for its routes; `null` while it does not answer. */
  async routes(): Promise<string[] | null> {
    try {
      const headers = { Authorization: `token ${TOKEN}` };
      const response = await fetch(`http://127.0.0.1:${this.#api}/api/routes`, { headers });
      return Object.keys(await response.json()).sort();
    } catch {
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It ends its servers and its proxy.
    this.#process.kill("SIGTERM");
    await this.#process.status;
    // JupyterHub 3 has still the check of the first proxy, and may start another one at its end.
    const left = this.proxyPid;
    if (left !== 0 && isAlive(left)) Deno.kill(left, "SIGKILL");
    this.#directory[Symbol.dispose]();
  }
}

function isAlive(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
  }
}

/** Waits for a page for longer than it waits itself. */
async function patiently(page: Page, expression: string): Promise<void> {
  for (let look = 1;; look++) {
    try {
      return await page.until(expression);
    } catch (error) {
      if (look === LOOKS) throw error;
    }
  }
}

/** Asks again and again, each time after the last answer. */
async function eventually<T>(ask: () => T | Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 50);
    await promise;
  }
}

/** Runs a cell of the notebook, and waits for what it prints. */
async function runCell(page: Page, index: number, output: string): Promise<void> {
  await patiently(page, `window.Jupyter?.notebook?.kernel?.is_connected() === true`);
  await page.evaluate(`Jupyter.notebook.execute_cells([${index}])`);
  await patiently(page, `document.querySelector(".notebook_app #notebook-container")?.innerText.includes("${output}")`);
}

test("JupyterHub: login, spawn, a cell, a restart of the proxy, another cell, stop", async () => {
  await using hub = new Hub();
  await eventually(() => hub.routes(), (routes) => routes?.includes("/") === true);
  await using browser = await Browser.launch();
  const page = await browser.open(`${hub.url}/hub/login`);
  await page.type("#username_input", "ada");
  await page.type("#password_input", "any");
  await page.enter();
  await patiently(
    page,
    `location.pathname.startsWith("/user/ada/") && document.querySelector("#notebook_list") !== null`,
  );
  assertEquals(await hub.routes(), ["/", "/user/ada"]);

  await page.goto(`${hub.url}/user/ada/notebooks/cells.ipynb`);
  await runCell(page, 0, "first 42");

  const before = hub.proxyPid;
  Deno.kill(before, "SIGKILL");
  const after = await eventually(() => hub.proxyPid, (pid) => pid !== before && pid !== 0);
  assertNotEquals(after, before);
  await eventually(() => hub.routes(), (routes) => routes !== null);
  // The state file has them: the Hub itself adds them again later.
  assertEquals(await hub.routes(), ["/", "/user/ada"]);
  await patiently(page, `Jupyter.notebook.kernel.is_connected() === true`);
  await runCell(page, 1, "second 56");

  // It would ask whether to leave without saving.
  await page.evaluate("window.onbeforeunload = null");
  await page.goto(`${hub.url}/hub/home`);
  await patiently(page, `document.querySelector("#stop") !== null`);
  await page.click("#stop");
  assertEquals(await eventually(() => hub.routes(), (routes) => routes?.length === 1), ["/"]);
}, { deadline: DEADLINE });
