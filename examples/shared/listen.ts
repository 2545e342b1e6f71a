import type { Server } from "../../src/http/httpserver.ts";
import type { Application } from "../../src/web/mod.ts";

/** Starts the server of a program; if the port is taken, says so in one line and ends the program. */
export function listen(app: Application, port: number): Server {
  try {
    return app.listen(port);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    console.error(`port ${port} is in use`);
    Deno.exit(1);
  }
}
