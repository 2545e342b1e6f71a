import { familyOf } from "../_netutil/ip.ts";
import type { HandleBinding, HandleRequest } from "./handle_binding.ts";
import { handleError } from "./handle_errors.ts";
import { type HandleTransport, PipeHandleTransport, TCPHandleTransport, UNNAMED } from "./handle_transport.ts";

/**
 * Connects to an IP address or a Unix socket on a stream handle.
 *
 * @param signal Ends the connecting: the promise rejects with its reason. `null` for none.
 * @throws {Deno.errors.ConnectionRefused} If nothing listens at the address, and the other errors of `Deno.connect`.
 */
export async function connectHandle(
  address: Deno.NetAddr | Deno.UnixAddr,
  signal: AbortSignal | null,
  binding: HandleBinding,
): Promise<HandleTransport> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const stop = () => reject(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const { transport, begin } = "path" in address ? overPipe(address, binding) : overTCP(address, binding);
  try {
    const failed = begin(resolve) || await promise;
    if (failed !== 0) throw handleError(failed, "the connection was not made");
    return transport;
  } catch (error) {
    transport.close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** A connection that is not made yet, and the function that begins to make it and returns an error number or 0. */
interface Attempt {
  readonly transport: HandleTransport;
  readonly begin: (done: (status: number) => void) => number;
}

function overPipe(address: Deno.UnixAddr, binding: HandleBinding): Attempt {
  const pipe = new binding.PipeSocket();
  return {
    transport: new PipeHandleTransport(pipe, binding, UNNAMED, address),
    begin: (done) => pipe.connect(withDone(new binding.PipeConnectWrap(), done), address.path),
  };
}

function overTCP({ hostname, port }: Deno.NetAddr, binding: HandleBinding): Attempt {
  const tcp = new binding.TCPSocket();
  const method = familyOf(hostname) === "ipv6" ? "connect6" : "connect";
  return {
    transport: new TCPHandleTransport(tcp, binding),
    begin: (done) => tcp[method](withDone(new binding.TCPConnectWrap(), done), hostname, port),
  };
}

function withDone(request: HandleRequest, done: (status: number) => void): HandleRequest {
  request.oncomplete = done;
  return request;
}
