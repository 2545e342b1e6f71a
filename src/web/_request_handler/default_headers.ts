import { HTTPHeaders } from "../../http/httputil.ts";
import { sealHeaders } from "../../http/internal.ts";
import { currentClock } from "../../internal/clock.ts";
import { dateOfNow } from "../../internal/http_date.ts";
import { version } from "../../internal/version.ts";

const SERVER = `TwisterServer/${version}`;
const HTML = "text/html; charset=UTF-8";
/** The Content-Type of JSON. */
export const JSON_TYPE = "application/json; charset=UTF-8";

let tick = NaN;
let second = NaN;
/** Made once a second: a copy costs half of setting the headers one by one, and is sent as one text. */
let pageTemplate = new HTTPHeaders();
let jsonTemplate = new HTTPHeaders();

/** Makes the headers that every response begins with. */
export function defaultHeaders(): HTTPHeaders {
  refresh();
  return pageTemplate.copy();
}

/** Makes the same headers for a response of JSON. */
export function defaultJsonHeaders(): HTTPHeaders {
  refresh();
  return jsonTemplate.copy();
}

function refresh(): void {
  // While a connection is open, the wheel of the clock turns, and ten times a second is enough to ask for the time.
  const { wheel } = currentClock();
  if (wheel.running && wheel.ticks === tick) return;
  tick = wheel.ticks;
  const now = Math.floor(currentClock().now());
  if (now === second) return;
  second = now;
  const date = dateOfNow(now);
  pageTemplate = templateOf(HTML, date);
  jsonTemplate = templateOf(JSON_TYPE, date);
}

function templateOf(type: string, date: string): HTTPHeaders {
  const template = new HTTPHeaders();
  template.set("Server", SERVER);
  template.set("Content-Type", type);
  template.set("Date", date);
  sealHeaders(template);
  return template;
}
