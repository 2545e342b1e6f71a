// One HMAC over the text that a signed value of version 2 signs: by node:crypto, to which the key is given each time,
// or with --kept as an object that is made once; with --own by the one that Twister has.
import { createHmac, createSecretKey } from "node:crypto";
import { hmacOf } from "../../src/web/_signed_value/keys.ts";
import { createSignedValue } from "../../src/web/mod.ts";
import { NAME, SECRET, timeOf, VALUE } from "./cookies_timing.mjs";

const signed = new TextDecoder().decode(createSignedValue(SECRET, NAME, VALUE));
const at = signed.lastIndexOf("|") + 1;
const text = signed.slice(0, at);
const key = Deno.args.includes("--kept") ? createSecretKey(SECRET, "utf8") : SECRET;
const seal = Deno.args.includes("--own")
  ? () => hmacOf(SECRET).hex(text)
  : () => createHmac("sha256", key).update(text).digest("hex");
if (seal() !== signed.slice(at)) throw new Error("The HMAC is not that of the value");
const time = timeOf(() => void seal());
console.log(JSON.stringify({ sign: time, verify: time }));
