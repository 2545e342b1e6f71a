import { nodeModule } from "../../internal/node_module.ts";

/** What `Deno` throws for an error of the system, by the name of its number. */
const CLASSES: Readonly<Record<string, keyof typeof Deno.errors>> = {
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EADDRINUSE: "AddrInUse",
  EADDRNOTAVAIL: "AddrNotAvailable",
  ECONNREFUSED: "ConnectionRefused",
  ECONNRESET: "ConnectionReset",
  ECONNABORTED: "ConnectionAborted",
  ENOTCONN: "NotConnected",
  EPIPE: "BrokenPipe",
  ETIMEDOUT: "TimedOut",
  EINTR: "Interrupted",
  ENOENT: "NotFound",
  EEXIST: "AlreadyExists",
  EBADF: "BadResource",
  ENETUNREACH: "NetworkUnreachable",
};

/**
 * The error for a negative error number of a handle: of the class that `Deno` throws for it, with the number's name in
 * `code`.
 *
 * @param what What was tried: `Cannot listen on 127.0.0.1, port 80`.
 */
export function handleError(errno: number, what: string): Error {
  const code = nameOf(errno);
  const name = CLASSES[code];
  const message = `${what}: ${code} (os error ${-errno})`;
  return Object.assign(name === undefined ? new Error(message) : new Deno.errors[name](message), { code });
}

function nameOf(errno: number): string {
  const util = nodeModule("node:util");
  if (util === null || !("getSystemErrorName" in util)) return String(errno);
  const { getSystemErrorName } = util;
  return typeof getSystemErrorName === "function" ? String(getSystemErrorName(errno)) : String(errno);
}
