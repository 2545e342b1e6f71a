// Starts the server; `deno task start --help` lists the options.
import { listenFds } from "@twister/twister/netutil";
import { define, HelpRequested, OptionError, options, parseCommandLine } from "@twister/twister/options";
import { makeApp } from "./app.ts";

const port = define("port", { defaultValue: 8888, type: "int", help: "Port to listen on; 0 for any free one" });
const address = define("address", { defaultValue: "127.0.0.1", help: "Address to listen on; 0.0.0.0 for all" });
const proxied = define("proxied", { defaultValue: false, help: "Believe the headers of a proxy in front" });

/** Seconds that running requests have to finish. */
const DRAIN_SECONDS = 10;

/** Reads APP_PORT and the like, then the command line; ends the program after `--help` and after a mistake. */
function readOptions(): void {
  try {
    options.parseEnvironment("APP", false);
    parseCommandLine();
  } catch (error) {
    if (error instanceof HelpRequested) Deno.exit(error.exitCode);
    if (!(error instanceof OptionError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

readOptions();
const app = makeApp();
// With socket activation, systemd has bound the port already.
const [fd] = listenFds();
const how = { xheaders: proxied.value };
try {
  const server = fd === undefined
    ? app.listen(port.value, { ...how, address: address.value })
    : app.listen(0, { ...how, fd });
  server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
  console.log(`http://localhost:${server.port}/`);
} catch (error) {
  if (!(error instanceof Deno.errors.AddrInUse)) throw error;
  console.error(`port ${port.value} is in use`);
  Deno.exit(1);
}
