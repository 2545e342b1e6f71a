// Twister's signed values; with --helper as a handler sets and gets them, with the cookie around.
import { Application, createSignedValue, decodeSignedValue, RequestHandler } from "../../src/web/mod.ts";
import { NAME, SECRET, timeOf, VALUE } from "./cookies_timing.mjs";

const signed = new TextDecoder().decode(createSignedValue(SECRET, NAME, VALUE));

function report(read: Uint8Array | null, sign: () => void, verify: () => void): void {
  if (read === null || new TextDecoder().decode(read) !== VALUE) throw new Error("The value is not what was signed");
  console.log(JSON.stringify({ sign: timeOf(sign), verify: timeOf(verify) }));
}

class Handler extends RequestHandler {
  override get(): void {
    report(
      this.getSignedCookie(NAME),
      () => this.setSignedCookie(NAME, VALUE),
      () => void this.getSignedCookie(NAME),
    );
  }
}

if (Deno.args.includes("--helper")) {
  const app = new Application([["/", Handler]], { cookieSecret: SECRET, logFunction() {} });
  await app.fetch(new Request("http://localhost/", { headers: { Cookie: `${NAME}="${signed}"` } }));
} else {
  report(
    decodeSignedValue(SECRET, NAME, signed),
    () => void createSignedValue(SECRET, NAME, VALUE),
    () => void decodeSignedValue(SECRET, NAME, signed),
  );
}
