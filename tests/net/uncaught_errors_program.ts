/**
 * A server on which something goes wrong that nothing catches: `ENGINE [off] [late] [fail | failnow]`. It prints its
 * port.
 *
 * @module
 */
import { IOLoop } from "../../src/net/ioloop.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

/** The application looks after this one itself. */
const OWN = new Error("known");
addEventListener("unhandledrejection", (event) => event.reason === OWN && event.preventDefault());

class Page extends RequestHandler {
  override get(what: string): void {
    if (what === "rejection") Promise.reject(new Error("not awaited"));
    if (what === "value") Promise.reject("a text");
    if (what === "timer") {
      setTimeout(function late() {
        throw new Error("in a timer");
      });
    }
    if (what === "event") {
      const target = new EventTarget();
      target.addEventListener("x", () => {
        throw new Error("in a listener");
      });
      target.dispatchEvent(new Event("x"));
    }
    if (what === "own") Promise.reject(OWN);
    this.write(`page ${what}`);
  }
}

const [engine, ...flags] = Deno.args;
if (flags.includes("late")) await new Promise((resolve) => setImmediate(resolve));
if (flags.includes("off")) IOLoop.current().logsUncaughtErrors = false;
const app = new Application([["/(.*)", Page]]);
const address = "127.0.0.1";
const server = engine === "serve" ? app.listen(0, { engine, address }) : app.listen(0, { address });
console.log(server.port);
if (flags.includes("failnow")) throw new Error("in the program");
if (flags.includes("fail")) {
  await fetch(`http://127.0.0.1:${server.port}/`).then((response) => response.text());
  throw new Error("in the program");
}
