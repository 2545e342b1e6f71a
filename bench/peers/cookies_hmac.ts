// One HMAC over the text that a signed value of version 2 signs, with the key given each time. It is no lower bound: a
// key that is kept costs less.
import { createHmac } from "node:crypto";
import { createSignedValue } from "../../src/web/mod.ts";
import { NAME, SECRET, timeOf, VALUE } from "./cookies_timing.mjs";

const signed = new TextDecoder().decode(createSignedValue(SECRET, NAME, VALUE));
const at = signed.lastIndexOf("|") + 1;
const text = signed.slice(0, at);
const seal = () => createHmac("sha256", SECRET).update(text).digest("hex");
if (seal() !== signed.slice(at)) throw new Error("The HMAC is not that of the value");
const time = timeOf(() => void seal());
console.log(JSON.stringify({ sign: time, verify: time }));
