import type { Server } from "../../src/http/httpserver.ts";
import type { Application } from "../../src/web/mod.ts";
import { answerHelp } from "./option.ts";

/** Starts the server of a program; if the port is taken, says so in one line and ends the program. */
export function listen(app: Application, port: number): Server {
  return bind(port, () => app.listen(port));
}

/** Does what binds a port; if the port is taken, says so in one line and ends the program. */
export function bind<T>(port: number, start: () => T): T {
  answerHelp();
  try {
    return start();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    console.error(`port ${port} is in use`);
    Deno.exit(1);
  }
}
