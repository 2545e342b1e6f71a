// Who a request comes from: the name in a signed cookie, so that what was checked once is not checked again.
import type { RequestHandler } from "../../src/web/mod.ts";

const NAME_COOKIE = "chat_name";

/** The name that this browser has chosen; `null` if it has none yet, or another server signed it. */
export function visitorName(handler: RequestHandler): string | null {
  return handler.getSignedCookieText(NAME_COOKIE);
}

/** Has the browser keep a name. */
export function keepVisitorName(handler: RequestHandler, name: string): void {
  const secure = handler.request.protocol === "https";
  handler.setSignedCookie(NAME_COOKIE, name, { httponly: true, samesite: "Lax", secure });
}
