import { HTTPHeaders } from "../../http/httputil.ts";
import { version } from "../../internal/version.ts";

const SERVER = `TwisterServer/${version}`;
const HTML = "text/html; charset=UTF-8";

let second = NaN;
let date = "";

/** The headers of every response, before a handler changes them. */
export function defaultHeaders(): HTTPHeaders {
  const headers = new HTTPHeaders();
  headers.set("Server", SERVER);
  headers.set("Content-Type", HTML);
  headers.set("Date", currentDate());
  return headers;
}

/** The time as HTTP writes it, put together once a second. */
export function currentDate(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1000).toUTCString();
  }
  return date;
}
