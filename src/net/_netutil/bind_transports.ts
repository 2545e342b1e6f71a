import { genLog } from "../../util/log.ts";
import { type HandleBinding, handleBinding } from "../_transport/handle_binding.ts";
import { HandleListener } from "../_transport/handle_listener.ts";
import {
  bindAddresses,
  bindSockets,
  type BindSocketsOptions,
  checkPort,
  DEFAULT_BACKLOG,
  type ListenOptions,
  type NetListener,
  type TcpAddress,
} from "./bind_sockets.ts";
import { bindUnixSocket, type BindUnixSocketOptions, removeStale, sayingWhere } from "./bind_unix_socket.ts";
import { familyOf } from "./ip.ts";

/**
 * Listens as `bindSockets` does, on stream handles where the options and this version of Deno allow it.
 *
 * @throws {TypeError} If the options ask for handles that cannot be had.
 */
export function bindTransports(port: number, options: BindSocketsOptions): (NetListener | HandleListener)[] {
  return bindHandles(port, options) ?? bindSockets(port, options);
}

/**
 * Listens on stream handles, or returns `null` where the options or this version of Deno do not allow it.
 *
 * @throws {RangeError} If the port is not an integer from 0 to 65535.
 * @throws {TypeError} If the options ask for handles that cannot be had.
 */
export function bindHandles(port: number, options: BindSocketsOptions): HandleListener[] | null {
  if (typeof options.fd === "number") return [listenOn(options.fd, options)];
  checkPort(port);
  const binding = chooseHandles(port, options);
  if (binding === null) return null;
  const listen = (where: TcpAddress) => HandleListener.listen(where, binding);
  return bindAddresses(port, options, listen, (listener) => listener.close(), true);
}

/** Options for listening on a Unix socket. */
export interface ListenUnixOptions extends BindUnixSocketOptions, Pick<ListenOptions, "backlog" | "transport"> {}

/**
 * Listens on a Unix socket as `bindUnixSocket` does, on a stream handle where the options and this version of Deno
 * allow it.
 *
 * @throws {TypeError} If the path names a file that is not a socket, or there are no handles though they are asked for.
 */
export function bindUnixTransport(path: string, options: ListenUnixOptions): Deno.UnixListener | HandleListener {
  const { mode = 0o600, backlog = DEFAULT_BACKLOG, transport = "auto" } = options;
  // Such a name has no file to remove or to give a mode.
  const reason = path.startsWith("\0") ? "the name is in the abstract namespace" : null;
  const binding = handlesUnless(reason, transport);
  if (binding === null) return bindUnixSocket(path, { mode });
  removeStale(path);
  const prepare = () => Deno.chmodSync(path, mode);
  return sayingWhere(path, () => HandleListener.listenUnix(path, backlog, prepare, binding));
}

/**
 * Listens on a socket that was bound by somebody else.
 *
 * @throws {TypeError} If the options ask for TLS, or there are no handles, which alone can do this.
 * @throws {Error} If the descriptor is not that of a socket which can listen.
 */
function listenOn(fd: number, { sslOptions = null, backlog = DEFAULT_BACKLOG }: BindSocketsOptions): HandleListener {
  const what = `Cannot listen on descriptor ${fd}`;
  if (sslOptions !== null) throw new TypeError(`${what}: stream handles have no TLS`);
  const binding = handleBinding();
  if (binding === null) throw new TypeError(`${what}: ${noHandles()}`);
  try {
    return HandleListener.open(fd, backlog, binding);
  } catch (error) {
    if (error instanceof Error) error.message = `${what}: ${error.message}`;
    throw error;
  }
}

function noHandles(): string {
  return `Deno ${Deno.version.deno} has no stream handles that were tested`;
}

let reported = false;

function chooseHandles(port: number, options: BindSocketsOptions): HandleBinding | null {
  const { transport = "auto", address = null, sslOptions = null } = options;
  return handlesUnless(whyNot(port, address, sslOptions !== null), transport);
}

/** The handles, unless there is a reason against them or this version of Deno has none. */
function handlesUnless(reason: string | null, transport: "auto" | "handle" | "deno"): HandleBinding | null {
  if (transport === "deno") return null;
  const binding = reason === null ? handleBinding() : null;
  if (binding !== null) return binding;
  const why = reason ?? noHandles();
  if (transport === "handle") throw new TypeError(`Cannot listen on stream handles: ${why}`);
  if (!reported) genLog.debug("Listening by Deno.listen: %s", why);
  reported = true;
  return null;
}

function whyNot(port: number, address: string | null, tls: boolean): string | null {
  if (tls) return "they have no TLS";
  if (address === null || address === "" || familyOf(address) !== null) return null;
  // A permission for the name alone is not one for the address.
  if (address === "localhost") {
    const { state } = Deno.permissions.querySync({ name: "net", host: `127.0.0.1:${port}` });
    return state === "granted" ? null : "the permission is for the name localhost";
  }
  return `they take IP addresses, and ${address} is a name`;
}
