// Deno's fetch, for bench/client.ts.
import { measure } from "./client_load.mjs";

const [url = "", count = ""] = Deno.args;
await measure(async () => await (await fetch(url)).text(), Number(count));
