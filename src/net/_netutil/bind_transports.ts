import { genLog } from "../../util/log.ts";
import { type HandleBinding, handleBinding } from "../_transport/handle_binding.ts";
import { HandleListener } from "../_transport/handle_listener.ts";
import {
  bindAddresses,
  bindSockets,
  type BindSocketsOptions,
  type NetListener,
  type TcpAddress,
} from "./bind_sockets.ts";
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
 * @throws {TypeError} If the options ask for handles that cannot be had.
 */
export function bindHandles(port: number, options: BindSocketsOptions): HandleListener[] | null {
  const binding = chooseHandles(port, options);
  if (binding === null) return null;
  const listen = (where: TcpAddress): HandleListener => HandleListener.listen(where, binding);
  return bindAddresses(port, options, listen, (listener) => listener.close(), true);
}

let reported = false;

function chooseHandles(port: number, options: BindSocketsOptions): HandleBinding | null {
  const { transport = "deno", address = null, sslOptions = null } = options;
  if (transport === "deno") return null;
  const reason = whyNot(port, address, sslOptions !== null);
  const binding = reason === null ? handleBinding() : null;
  if (binding !== null) return binding;
  const why = reason ?? `Deno ${Deno.version.deno} has no stream handles that were tested`;
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
