/** Options of {@linkcode bindUnixSocket}. */
export interface BindUnixSocketOptions {
  /**
   * Permission bits of the socket file.
   * @default {0o600}
   */
  mode?: number;
}

/**
 * Listens on a Unix socket (`tornado.netutil.bind_unix_socket`). A socket file that is there already is removed first, as a
 * server that crashed leaves it; closing the listener removes the new one. Needs `--allow-read` and `--allow-write` for the path.
 *
 * The length of the queue cannot be chosen: Deno has no option for it here.
 *
 * @throws {TypeError} If there is a file of another kind at the path.
 *
 * @example
 * ```ts
 * import { bindUnixSocket } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = Deno.makeTempDirSync();
 * using listener = bindUnixSocket(`${directory}/app.sock`);
 * assertEquals(Deno.statSync(`${directory}/app.sock`).isSocket, true);
 * ```
 */
export function bindUnixSocket(path: string, options: BindUnixSocketOptions = {}): Deno.UnixListener {
  const { mode = 0o600 } = options;
  removeStale(path);
  const listener = Deno.listen({ transport: "unix", path });
  try {
    Deno.chmodSync(path, mode);
  } catch (error) {
    listener.close();
    throw error;
  }
  return listener;
}

function removeStale(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!info.isSocket) throw new TypeError(`Cannot listen on ${path}: it exists and is not a socket`);
  Deno.removeSync(path);
}
