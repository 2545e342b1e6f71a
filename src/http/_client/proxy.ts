import { isValidIp } from "../../net/netutil.ts";
import { isInBlock } from "./address_block.ts";
import { HTTPClientError } from "./errors.ts";
import type { Settings } from "./settled_request.ts";

/** A proxy for one request. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization, or `null`. */
  readonly authorization: string | null;
}

/** The variables of the environment that name proxies. */
export type ProxyEnvironment = (name: string) => string | undefined;

/**
 * Returns the proxy of a request, or `null` for none.
 *
 * @param environment Reads a variable of the environment; only called if the settings trust it.
 * @throws {TypeError} If the settings contradict one another, or the environment names no proxy of http.
 */
export function proxyFor(url: URL, settings: Settings, environment: ProxyEnvironment): Proxy | null {
  const { proxyHost, proxyPort, proxyUsername, proxyPassword } = settings;
  if (proxyHost !== null) {
    if (proxyPort === null) throw new TypeError(`proxyHost ${proxyHost} needs a proxyPort`);
    if (proxyHost.includes("://")) {
      throw new TypeError(`proxyHost ${proxyHost} has a scheme: only FetchAsyncHTTPClient knows others than http`);
    }
    checkProxyAuthMode(settings);
    return { host: proxyHost, port: proxyPort, authorization: basic(proxyUsername, proxyPassword) };
  }
  return settings.trustEnv ? proxyOfEnvironment(url, environment) : null;
}

/** @throws {TypeError} If the scheme of the authentication is none that a proxy is told credentials by. */
export function checkProxyAuthMode({ proxyAuthMode }: Settings): void {
  if (proxyAuthMode === null || proxyAuthMode === "basic") return;
  throw new TypeError(`unsupported proxyAuthMode ${proxyAuthMode}: it is "basic"`);
}

function proxyOfEnvironment(url: URL, environment: ProxyEnvironment): Proxy | null {
  const read = (name: string) => environment(name.toLowerCase()) ?? environment(name);
  if (isExcluded(url, read("NO_PROXY") ?? "")) return null;
  // In a CGI program, HTTP_PROXY is the header Proxy of a client (CVE-2016-5385).
  const isCgi = environment("REQUEST_METHOD") !== undefined;
  const text = url.protocol === "http:" && isCgi
    ? environment("http_proxy")
    : read(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (text === undefined || text === "") return null;
  const proxy = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (proxy === null || proxy.protocol !== "http:") {
    // The text may have a password.
    throw new TypeError("The proxy of the environment is not a URL of http");
  }
  const user = userIn(proxy);
  const authorization = user === null ? null : basic(user.username, user.password);
  return { host: hostOf(proxy), port: Number(proxy.port || 80), authorization };
}

/** A name with its password. */
export interface User {
  readonly username: string;
  readonly password: string;
}

/** The name and the password in a URL, or `null`. */
export function userIn({ username, password }: URL): User | null {
  return username === "" ? null : { username: decoded(username), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that stands for itself.
    return text;
  }
}

/** A host and maybe a port. */
const NO_PROXY_ITEM = /^(\[.*\]|[^:]*)(?::(\d+))?$/;

/** The host of a URL without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/** The credentials of Basic authentication (RFC 7617), in UTF-8; `null` without a name. */
export function basic(name: string | null, password: string | null): string | null {
  if (name === null) return null;
  if (name.includes(":")) throw new TypeError("a name for Basic authentication has no colon");
  return `Basic ${new TextEncoder().encode(`${name}:${password ?? ""}`.normalize("NFC")).toBase64()}`;
}

/** Tells whether `NO_PROXY` names the host: by name, as a domain, with a port, as an address or block, or by `*`. */
function isExcluded(url: URL, list: string): boolean {
  const host = hostOf(url).replace(/\.$/, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list.toLowerCase().split(/[,\s]+/).some((item) => {
    if (item === "*") return true;
    if (item.includes("/")) return isInBlock(host, item);
    // An IPv6 address without brackets has no port.
    const [, name = "", itemPort = port] = isValidIp(item) ? [item, item] : NO_PROXY_ITEM.exec(item) ?? [];
    const domain = name.replace(/^\[|\]$/g, "").replace(/^\*?\./, "").replace(/\.$/, "");
    if (domain === "" || itemPort !== port) return false;
    // An address of IPv6 has several spellings.
    return host === domain || host.endsWith(`.${domain}`) || isInBlock(host, `${domain}/128`);
  });
}

/** The error of a proxy that made no tunnel. */
export function tunnelFailed({ host, port }: Proxy, what: string, cause?: unknown): HTTPClientError {
  return new HTTPClientError(599, `The proxy ${host}:${port} ${what}`, null, { cause });
}
