import { HTTPHeaders } from "../../http/httputil.ts";
import { sealHeaders } from "../../http/internal.ts";
import { currentClock } from "../../internal/clock.ts";
import { version } from "../../internal/version.ts";

const SERVER = `TwisterServer/${version}`;
const HTML = "text/html; charset=UTF-8";

let tick = NaN;
let second = NaN;
/** Made once a second: a copy costs half of setting the headers one by one, and is sent as one text. */
let template = new HTTPHeaders();

/** Makes the headers that every response begins with. */
export function defaultHeaders(): HTTPHeaders {
  refresh();
  return template.copy();
}

function refresh(): void {
  // While a connection is open, the wheel of the clock turns, and ten times a second is enough to ask for the time.
  const { wheel } = currentClock();
  if (wheel.running && wheel.ticks === tick) return;
  tick = wheel.ticks;
  const now = Math.floor(currentClock().now());
  if (now === second) return;
  second = now;
  template = new HTTPHeaders();
  template.set("Server", SERVER);
  template.set("Content-Type", HTML);
  template.set("Date", new Date(now * 1000).toUTCString());
  sealHeaders(template);
}
