// npm's undici on Node, run by bench/client.ts from a folder that has it installed, which is why its name is not one that
// `deno check` could resolve here.
import process from "node:process";
import { measure } from "./client_load.mjs";

const name = "undici";
const { Pool } = await import(name);

const [url, count] = process.argv.slice(2);
const pool = new Pool(new URL(url).origin, { connections: 64 });
await measure(async () => await (await pool.request({ path: "/", method: "GET" })).body.text(), Number(count));
