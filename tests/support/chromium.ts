/**
 * Headless Chromium for tests, driven over the DevTools protocol: pages that are opened, asked and photographed.
 *
 * @module
 */
import { within } from "../../src/testing/_running.ts";

/** Seconds that Chromium or a page may take. Only a test that fails reaches them, before its own deadline. */
const PATIENCE = 60;

/** Seconds after which a page is asked again: one that goes elsewhere may leave a question without an answer. */
const ANSWER = 10;

/** Milliseconds between two looks at a page. */
const LOOK_INTERVAL = 20;

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page that is kept for the way back is frozen, with the questions that it has.
  "--disable-features=BackForwardCache",
  "--remote-debugging-port=0",
];

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: { readonly exceptionDetails?: unknown };
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A browser of its own profile; disposing of it ends the process. */
export class Browser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #profile: string;
  readonly #errors: ErrorOutput;
  readonly #socket: WebSocket;
  readonly #pending: Map<number, PromiseWithResolvers<Record<string, unknown>>> = new Map();
  readonly #faults: string[] = [];
  #lastId = 0;

  private constructor(process: Deno.ChildProcess, errors: ErrorOutput, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#errors = errors;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  /** Starts Chromium. */
  static async launch(): Promise<Browser> {
    const program = PROGRAMS.find((path) => exists(path));
    if (program === undefined) throw new Error(`Cannot find Chromium at ${PROGRAMS.join(", ")}`);
    const profile = await Deno.makeTempDir({ prefix: "chromium-" });
    const process = new Deno.Command(program, {
      args: [...FLAGS, `--user-data-dir=${profile}`, "about:blank"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const errors = readErrors(process);
    const socket = new WebSocket(await errors.address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Browser(process, errors, profile, socket);
  }

  /** Uncaught exceptions of all pages so far. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Opens a page that shares nothing (cookies, storage) with the others, and waits until it has loaded. */
  async open(url: string): Promise<Page> {
    const { browserContextId } = await this.send("Target.createBrowserContext");
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, String(sessionId));
    await page.send("Runtime.enable");
    await page.goto(url);
    return page;
  }

  /**
   * Sends one command of the DevTools protocol and resolves with its result.
   *
   * @throws {Error} Chromium refuses the command, or does not answer.
   */
  send(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    const reply = Promise.withResolvers<Record<string, unknown>>();
    this.#pending.set(id, reply);
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    return within(PATIENCE, reply.promise, () => new Error(`Chromium has not answered ${method} for ${PATIENCE} s`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    await this.send("Browser.close");
    this.#socket.close();
    // Chromium's own processes end after it, and the last of them closes the pipe.
    await Promise.all([closed, this.#process.status, this.#errors.ended]);
    for (const { reject } of this.#pending.values()) reject(new Error("Chromium has ended"));
    await Deno.remove(this.#profile, { recursive: true });
  }

  #receive(message: Reply): void {
    if (message.method === "Runtime.exceptionThrown") {
      this.#faults.push(JSON.stringify(message.params?.exceptionDetails));
    }
    const reply = this.#pending.get(message.id ?? 0);
    if (reply === undefined) return;
    this.#pending.delete(message.id ?? 0);
    if (message.error !== undefined) reply.reject(new Error(`Chromium refuses: ${message.error.message}`));
    else reply.resolve(message.result ?? {});
  }
}

/** One tab. */
export class Page {
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  /** Sends one command of the DevTools protocol to this page. */
  send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#browser.send(method, params, this.#session);
  }

  /** Goes to an address and waits until the page has loaded. */
  async goto(url: string): Promise<void> {
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText !== undefined) throw new Error(`Cannot open ${url}: ${errorText}`);
    await this.until(`location.href !== "about:blank" && document.readyState === "complete"`);
  }

  /** The JSON value of an expression that is evaluated in the page; a promise is awaited. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails !== undefined) throw new Error(`${expression} throws ${JSON.stringify(exceptionDetails)}`);
    return Object(result).value;
  }

  /**
   * Waits until an expression is true in the page.
   *
   * @throws {Error} It has not become true, and there is no more patience.
   */
  async until(expression: string): Promise<void> {
    const look = `new Promise((resolve, reject) => setTimeout(() => {
      try {
        resolve(Boolean(${expression}) || document.body?.innerText);
      } catch (error) {
        reject(error);
      }
    }, ${LOOK_INTERVAL}))`;
    const end = performance.now() + PATIENCE * 1000;
    let answer: unknown = "nothing";
    while (performance.now() < end) {
      try {
        const question = this.evaluate(look);
        answer = await within(ANSWER, question, () => new Error("Chromium has not answered a page's question"));
      } catch (error) {
        // A page that goes elsewhere takes the question with it: ask the next one.
        if (!/navigated|context|answered/.test(String(error))) throw error;
      }
      if (answer === true) return;
    }
    throw new Error(`Waited in vain for ${expression}, the page says: ${answer}`);
  }

  /** Puts the focus on the element and types the text, as a person would, after what it holds already. */
  async type(selector: string, text: string): Promise<void> {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    await this.until(`document.readyState === "complete" && ${element} !== null`);
    await this.evaluate(`${element}.focus()`);
    await this.send("Input.insertText", { text });
  }

  /** Presses the enter key. */
  async enter(): Promise<void> {
    const key = { key: "Enter", code: "Enter", text: "\r", windowsVirtualKeyCode: 13 };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...key });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  }

  /** Clicks in the middle of the element, when the page has loaded and nothing lies over it. */
  async click(selector: string): Promise<void> {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    const place = `(() => {
      const { x, y, width, height } = ${element}.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`;
    await this.until(`document.readyState === "complete" && ${element} !== null && (() => {
      const { x, y } = ${place};
      return ${element}.contains(document.elementFromPoint(x, y));
    })()`);
    const at = Object(await this.evaluate(place));
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
    }
  }

  /** Writes a picture of the page to a PNG file. */
  async screenshot(path: string): Promise<void> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    await Deno.writeFile(path, Uint8Array.fromBase64(String(data)));
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** What Chromium writes on its error output. */
interface ErrorOutput {
  /** The address of its DevTools. */
  readonly address: Promise<string>;
  /** Resolves when there is no more. */
  readonly ended: Promise<void>;
}

/** Reads the address from Chromium's error output, and keeps reading so that the pipe never fills. */
function readErrors(process: Deno.ChildProcess): ErrorOutput {
  const address = Promise.withResolvers<string>();
  const ended = (async () => {
    let text = "";
    for await (const part of process.stderr.pipeThrough(new TextDecoderStream())) {
      text = (text + part).slice(-100_000);
      const found = text.match(/DevTools listening on (ws:\S+)\s/)?.[1];
      if (found !== undefined) address.resolve(found);
    }
    address.reject(new Error(`Chromium ended early: ${text}`));
  })();
  return { address: address.promise, ended };
}
