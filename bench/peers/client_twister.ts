// Twister's client, for bench/client.ts.
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { measure } from "./client_load.mjs";

const [url = "", count = ""] = Deno.args;
const client = new AsyncHTTPClient({ forceInstance: true, maxClients: 64 });
await measure(async () => (await client.fetch(url)).text, Number(count));
