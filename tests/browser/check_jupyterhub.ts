// Debian's JupyterHub starts the example hub_proxy in place of its own proxy: from the login to a cell that has run.
import { assertEquals, assertNotEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { Browser, type Page } from "../support/chromium.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test, within } from "../support/test.ts";
import { freePorts } from "../support/free_port.ts";

const TOKEN = "token-of-the-proxy";
const PROXY = `${projectRoot}examples/hub_proxy/main.ts`;
/** Seconds for one step: several programs of Python start one after another in some of them. */
const STEP_DEADLINE = 120;
/** Seconds for all of it. */
const DEADLINE = 600;

/** Characters of JupyterHub's log that a failure shows. */
const LOG_LENGTH = 8000;

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

/** Bundles the proxy as its README says: JupyterHub gives it ten seconds to start. */
async function bundleProxy(directory: string): Promise<void> {
  const options = ["--quiet", "--minify", "--keep-names", "--packages=external", "--code-splitting", "--no-lock"];
  for (const args of [["bundle", ...options, "--outdir", directory, PROXY], ["cache", `${directory}/main.js`]]) {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }
}

/** JupyterHub with our proxy, and a home with a notebook. */
class Hub implements AsyncDisposable {
  readonly #directory: TempDir;
  readonly #process: Deno.ChildProcess;
  readonly #api: number;
  readonly url: string;

  /** @param directory A folder of its own, with the proxy in `hub_proxy`. */
  constructor(directory: TempDir) {
    this.#directory = directory;
    const [port = 0, api = 0, own = 0] = freePorts(3);
    const { path } = this.#directory;
    const command = [
      Deno.execPath(),
      "run",
      ...["--no-code-cache", "--no-config", "--no-npm", "--no-remote"],
      "--v8-flags=--max-semi-space-size=1,--initial-old-space-size=6,--memory-saver-mode," +
      "--no-opt,--no-concurrent-recompilation,--no-sparkplug",
      "-A",
      `${path}/hub_proxy/main.js`,
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
    this.#process = new Deno.Command("/bin/sh", {
      args: ["-c", 'exec /usr/bin/jupyterhub -f "$0" >log 2>&1', config],
      cwd: path,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** The end of what it and its programs have printed, without what this test asks. */
  get log(): string {
    const text = Deno.readTextFileSync(`${this.#directory.path}/log`);
    return text.replaceAll(/^.*200 GET \/api\/routes .*\n/gm, "").slice(-LOG_LENGTH);
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
    if (isAlive(this.#process.pid)) this.#process.kill("SIGTERM");
    await this.#process.status;
    // JupyterHub 3 has still the check of the first proxy, and may start another one at its end.
    const left = this.proxyPid;
    if (left !== 0 && isAlive(left)) Deno.kill(left, "SIGKILL");
  }
}

function isAlive(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
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

/** Waits for a page for as long as a step takes: a page itself loses patience after half a minute. */
async function patiently(page: Page, expression: string): Promise<void> {
  for (;;) {
    try {
      return await page.until(expression);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("Waited in vain")) throw error;
    }
  }
}

/** Goes on to another page from a notebook, which would ask whether to leave without saving. */
async function leaveFor(page: Page, url: string): Promise<void> {
  await page.evaluate("window.onbeforeunload = null");
  await page.goto(url);
}

/** Runs a cell of the notebook, and waits for what it prints. */
async function runCell(page: Page, index: number, output: string): Promise<void> {
  await patiently(page, `window.Jupyter?.notebook?.kernel?.is_connected() === true`);
  await page.evaluate(`Jupyter.notebook.execute_cells([${index}])`);
  await patiently(page, `document.querySelector(".notebook_app #notebook-container")?.innerText.includes("${output}")`);
}

test("JupyterHub: login, spawn, a cell, a restart of the proxy, another cell, stop", async () => {
  using directory = new TempDir();
  await bundleProxy(`${directory.path}/hub_proxy`);
  await using hub = new Hub(directory);
  await using browser = await Browser.launch();
  const page = await browser.open("data:,starting");
  const step = async (name: string, work: () => Promise<void>) => {
    try {
      await within(STEP_DEADLINE, work());
    } catch (error) {
      const shown = await within(5, page.evaluate("`${location} ${document.body.innerText}`")).catch(String);
      throw new Error(`The step "${name}" fails: ${error}\nThe page: ${shown}\nJupyterHub's log: ${hub.log}`);
    }
  };

  await step("start", async () => {
    await eventually(() => hub.routes(), (routes) => routes?.includes("/") === true);
  });
  await step("login and spawn", async () => {
    await page.goto(`${hub.url}/hub/login`);
    await page.type("#username_input", "ada");
    await page.type("#password_input", "any");
    await page.enter();
    await patiently(
      page,
      `location.pathname.startsWith("/user/ada/") && document.querySelector("#notebook_list") !== null`,
    );
    assertEquals(await hub.routes(), ["/", "/user/ada"]);
  });
  await step("cell", async () => {
    await page.goto(`${hub.url}/user/ada/notebooks/cells.ipynb`);
    await runCell(page, 0, "first 42");
  });
  await step("restart of the proxy", async () => {
    const before = hub.proxyPid;
    Deno.kill(before, "SIGKILL");
    const after = await eventually(() => hub.proxyPid, (pid) => pid !== before && pid !== 0);
    assertNotEquals(after, before);
    await eventually(() => hub.routes(), (routes) => routes !== null);
    // The state file has them: the Hub itself adds them again later.
    assertEquals(await hub.routes(), ["/", "/user/ada"]);
  });
  await step("another cell", async () => {
    // The page connects again after a second, but not if it finds no proxy then: it takes the kernel for dead.
    await leaveFor(page, `${hub.url}/user/ada/notebooks/cells.ipynb`);
    await runCell(page, 1, "second 56");
  });
  await step("stop", async () => {
    await leaveFor(page, `${hub.url}/hub/home`);
    await patiently(page, `document.querySelector("#stop") !== null`);
    // The button is there before its script.
    const click = async () => {
      await page.evaluate(`document.querySelector("#stop")?.click()`);
      return await hub.routes();
    };
    assertEquals(await eventually(click, (routes) => routes?.length === 1), ["/"]);
  });
}, { deadline: DEADLINE });
