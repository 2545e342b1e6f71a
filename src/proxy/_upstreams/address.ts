/** Where an upstream listens, and how it is spoken to. */
export interface UpstreamAddress {
  /** Tells whether it speaks TLS. */
  readonly secure: boolean;
  /** The name or IP address, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The path of its Unix socket; `null` for TCP. */
  readonly socket: string | null;
  /** The prefix of every path, without a slash at the end. */
  readonly basePath: string;
  /** Its own name, as a Host field has it. */
  readonly host: string;
}

/**
 * Reads the address of an upstream: `http://host:port`, `https://host:port`, both maybe with a path, or
 * `unix:/path/to/socket`.
 *
 * @throws {TypeError} If it is none of them.
 */
export function parseAddress(text: string): UpstreamAddress {
  const [, socket] = /^unix:(\/[^\0]+)$/.exec(text) ?? [];
  if (socket !== undefined) {
    return { secure: false, hostname: "", port: 0, socket, basePath: "", host: "localhost" };
  }
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError(`The address of an upstream begins with http://, https:// or unix:/, not ${quoted(text)}`);
  }
  const { username, password, search, hash, pathname, hostname, host } = url;
  if (username !== "" || password !== "" || search !== "" || hash !== "") {
    throw new TypeError(`The address of an upstream has no user, query or fragment, unlike ${quoted(text)}`);
  }
  const secure = url.protocol === "https:";
  return {
    secure,
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port: Number(url.port || (secure ? 443 : 80)),
    socket: null,
    basePath: pathname.replace(/\/+$/, ""),
    host,
  };
}

/** Shortened, and without what may be a password. */
function quoted(text: string): string {
  return JSON.stringify(text.replace(/\/\/[^/@]*@/, "//...@").slice(0, 80));
}
