import { appLog } from "../../util/log.ts";
import type { ApplicationOptions } from "../application.ts";

/** All settings. Their types are gone at run time, so this repeats the names; the compiler compares the two. */
const KNOWN: Readonly<Record<keyof ApplicationOptions, true>> = {
  autoescape: true,
  autoreload: true,
  compiledTemplateCache: true,
  compressResponse: true,
  cookieSecret: true,
  cors: true,
  crossOriginProtection: true,
  debug: true,
  defaultHandlerArgs: true,
  defaultHandlerClass: true,
  defaultHost: true,
  facebookApiKey: true,
  facebookSecret: true,
  githubOauth: true,
  gitlabOauth: true,
  googleOauth: true,
  gzip: true,
  keyVersion: true,
  logFunction: true,
  loginUrl: true,
  rateLimit: true,
  requestDeadline: true,
  securityHeaders: true,
  microsoftOauth: true,
  openidConnect: true,
  redirectBaseUri: true,
  serveTraceback: true,
  sessions: true,
  staticHandlerArgs: true,
  staticHandlerClass: true,
  staticHashCache: true,
  staticPath: true,
  staticUrlPrefix: true,
  templateLanguage: true,
  templateLoader: true,
  templatePath: true,
  templateWhitespace: true,
  transforms: true,
  twitterConsumerKey: true,
  twitterConsumerSecret: true,
  uiMethods: true,
  uiModules: true,
  websocketBackpressure: true,
  websocketDrainCode: true,
  websocketHighWaterMark: true,
  websocketMaxMessageSize: true,
  websocketPingInterval: true,
  websocketPingTimeout: true,
  websocketRateLimit: true,
  xsrfCookieKwargs: true,
  xsrfCookieName: true,
  xsrfCookieVersion: true,
  xsrfCookies: true,
};

/**
 * Logs a warning for each setting that is nearly one: in Tornado's snake_case, or one letter away.
 *
 * TypeScript refuses such names; in JavaScript `xsrf_cookies: true` would turn the protection off in silence.
 */
export function warnOfUnknownSettings(settings: object): void {
  for (const name of Object.keys(settings)) {
    const meant = Object.hasOwn(KNOWN, name) ? null : knownNameLike(name);
    if (meant !== null) appLog.warning("Unknown setting %s: the name is %s", name, meant);
  }
}

/** The setting that a name is meant to be, or `null` if it is one of the application's own. */
function knownNameLike(name: string): string | null {
  const letters = name.replaceAll("_", "").toLowerCase();
  return Object.keys(KNOWN).find((known) => differByOneLetter(known.toLowerCase(), letters)) ?? null;
}

/**
 * Tells whether two words are equal, or one letter is missing, added, another one, or in the place of its neighbour.
 */
function differByOneLetter(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let endOfA = a.length;
  let endOfB = b.length;
  while (endOfA > start && endOfB > start && a[endOfA - 1] === b[endOfB - 1]) {
    endOfA--;
    endOfB--;
  }
  const restOfA = a.slice(start, endOfA);
  const restOfB = b.slice(start, endOfB);
  if (restOfA.length <= 1 && restOfB.length <= 1) return true;
  return restOfA.length === 2 && restOfB === `${restOfA[1]}${restOfA[0]}`;
}
