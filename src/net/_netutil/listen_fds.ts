/** The descriptor of the first socket (`SD_LISTEN_FDS_START`). */
const FIRST = 3;

/**
 * Returns the descriptors of the sockets that a service manager such as systemd has passed to this process
 * (sd_listen_fds(3)), in its order: `server.listen(0, { fd })` accepts from one.
 *
 * Returns none if the environment variable `LISTEN_PID` does not name this process. Needs
 * `--allow-env=LISTEN_PID,LISTEN_FDS`.
 *
 * @throws {TypeError} If `LISTEN_FDS` is not a number.
 *
 * @example
 * ```ts
 * import { listenFds } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(listenFds(), []);
 * Deno.env.set("LISTEN_PID", String(Deno.pid));
 * Deno.env.set("LISTEN_FDS", "2");
 * assertEquals(listenFds(), [3, 4]);
 * ```
 */
export function listenFds(): number[] {
  if (Deno.env.get("LISTEN_PID") !== String(Deno.pid)) return [];
  const count = Deno.env.get("LISTEN_FDS") ?? "0";
  if (!/^\d{1,4}$/.test(count)) throw new TypeError(`Cannot take sockets, LISTEN_FDS is not their number: ${count}`);
  return Array.from({ length: Number(count) }, (_, index) => FIRST + index);
}
