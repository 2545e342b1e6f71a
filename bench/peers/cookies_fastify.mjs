// The signer of fastify's cookie plugin, on Node. Run by bench/cookies.ts from a folder that has it installed, which is
// why its name is not one that `deno check` could resolve here.
import { SECRET, timeOf, VALUE } from "./cookies_timing.mjs";

const name = "@fastify/cookie";
const { default: { Signer } } = await import(name);

const signer = new Signer(SECRET);
const signed = signer.sign(VALUE);
if (signer.unsign(signed).value !== VALUE) throw new Error("The value is not what was signed");
const sign = timeOf(() => signer.sign(VALUE));
const verify = timeOf(() => signer.unsign(signed));
console.log(JSON.stringify({ sign, verify }));
