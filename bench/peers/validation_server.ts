// Some handlers of the comparison of validations, in a server that measures itself: only it can tell what its processor
// time was for when they take short turns. Its arguments are their names. A GET of /turns is answered with what the
// turns took since the last one.
import { cpuUsage } from "node:process";
import type { HTTPServerRequest } from "../../src/http/httputil.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { handlers, pathOf } from "./validation_handlers.ts";
import { MEASURED, SKIPPED, TURN, type Turns } from "./validation_turns.ts";

/** Notes what each turn takes, without its first and last requests, which are mixed with those of other turns. */
class Turntable {
  #turns: Record<string, Turns> = {};
  #path = "";
  #others = 0;
  #count = 0;
  #began = 0;

  /** Returns what was noted by path, and begins anew. */
  take(): Record<string, Turns> {
    const turns = this.#turns;
    this.#turns = {};
    this.#path = "";
    this.#count = this.#others = 0;
    return turns;
  }

  /** Counts a request. */
  add(path: string): void {
    // More requests of another path than the former turn can have left on their way.
    const isNext = path !== this.#path && ++this.#others > SKIPPED / 2;
    if (isNext) this.#path = path;
    // When the order turns round, a path has two turns in succession.
    if (isNext || this.#count === TURN) this.#count = this.#others = 0;
    this.#count++;
    if (this.#count === SKIPPED) this.#began = processorTime();
    else if (this.#count === SKIPPED + MEASURED) {
      const { work } = this.#turns[this.#path] ??= { work: [] };
      work.push((processorTime() - this.#began) / MEASURED);
    }
  }
}

/** Microseconds. */
function processorTime(): number {
  const { user, system } = cpuUsage();
  return user + system;
}

const turntable = new Turntable();

class TurnsHandler extends RequestHandler {
  override get(): void {
    this.write(turntable.take());
  }
}

class MeasuredApplication extends Application {
  override findHandler(request: HTTPServerRequest): ReturnType<Application["findHandler"]> {
    turntable.add(request.path);
    return super.findHandler(request);
  }
}

const rules = [...handlers].filter(([name]) => Deno.args.includes(name)).map(([name, handler]) =>
  [pathOf(name), handler] as const
);
const app = new MeasuredApplication([["/turns", TurnsHandler], ...rules]);
console.log(`listening ${app.listen(0, { address: "127.0.0.1" }).port}`);
