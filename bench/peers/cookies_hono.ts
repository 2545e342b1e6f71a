// hono's cookie helper.
import { Hono } from "npm:hono@4.13.19";
import { generateSignedCookie, getSignedCookie } from "npm:hono@4.13.19/cookie";
import { NAME, SECRET, timeOfAwaited, VALUE } from "./cookies_timing.mjs";

const app = new Hono();
app.get("/", async (c) => {
  if (await getSignedCookie(c, SECRET, NAME) !== VALUE) throw new Error("The value is not what was signed");
  const sign = await timeOfAwaited(() => generateSignedCookie(NAME, VALUE, SECRET));
  const verify = await timeOfAwaited(() => getSignedCookie(c, SECRET, NAME));
  return c.json({ sign, verify });
});

const cookie = (await generateSignedCookie(NAME, VALUE, SECRET)).split(";", 1)[0] ?? "";
console.log(await (await app.request("/", { headers: { Cookie: cookie } })).text());
