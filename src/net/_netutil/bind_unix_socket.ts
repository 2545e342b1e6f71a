/** Options of {@linkcode bindUnixSocket}. */
export interface BindUnixSocketOptions {
  /**
   * The permission bits of the socket file.
   * @default {0o600}
   */
  mode?: number;
}

/**
 * Listens on a Unix socket (`tornado.netutil.bind_unix_socket`). A socket file left at the path, as by a crashed
 * server, is removed first. Closing the listener removes the new file. Needs `--allow-read` and `--allow-write` for the
 * path. A path that begins with a NUL character is a name in Linux's abstract namespace, which has no files and no
 * permission bits.
 *
 * Deno has no option for the length of the queue.
 *
 * @throws {TypeError} If the path names a file that is not a socket.
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
  const listen = () => Deno.listen({ transport: "unix", path });
  if (path.startsWith("\0")) return sayingWhere(path, listen);
  removeStale(path);
  const listener = sayingWhere(path, listen);
  try {
    Deno.chmodSync(path, mode);
  } catch (error) {
    listener.close();
    throw error;
  }
  return listener;
}

/** Calls what listens on a path, and has its errors name it; their class and code stay. */
export function sayingWhere<T>(path: string, listen: () => T): T {
  try {
    return listen();
  } catch (error) {
    if (error instanceof Error) error.message = `Cannot listen on ${path}: ${error.message}`;
    throw error;
  }
}

export function removeStale(path: string): void {
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
