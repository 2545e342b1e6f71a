import type { Application } from "../../src/web/mod.ts";
import { listen } from "./listen.ts";
import { answerHelp, option } from "./option.ts";

const DEFAULT_PORT = "8888";
const DRAIN_SECONDS = 5;

/** What a provider of logins knows a program by. */
export interface Keys {
  readonly key: string;
  readonly secret: string;
}

/**
 * Starts a program whose users log in by a provider: reads `--key` and `--secret`, listens on `--port`, and tells the
 * program by which URL browsers see it, which `--url` may change.
 */
export function startLogin<P extends { site: string }>(
  places: P,
  makeApp: (places: P, keys: Keys) => Application,
): void {
  const key = option("key");
  const secret = option("secret");
  const port = Number(option("port", DEFAULT_PORT));
  const url = option("url");
  answerHelp();
  if (key === null || secret === null) {
    console.error("Give the id and the secret that the provider knows this program by: --key=... --secret=...");
    Deno.exit(2);
  }
  const server = listen(makeApp(places, { key, secret }), port);
  places.site = url ?? `http://localhost:${server.port}`;
  console.log(`http://localhost:${server.port}/`);
  server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
}
