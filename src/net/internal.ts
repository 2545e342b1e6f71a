/**
 * The parts of the network code that other folders of `src` use. It is not an entry of the package.
 *
 * @module
 */
export { FileWatch } from "./_autoreload/file_watch.ts";
export { CHECK_TIME, startReloading } from "./_autoreload/program.ts";
export { uncaughtErrors } from "./_ioloop/uncaught_errors.ts";
export { bindAddresses } from "./_netutil/bind_sockets.ts";
export { unmapIPv4 } from "./_netutil/ip.ts";
export { networkOf } from "./_netutil/network.ts";
export { hasDescriptors, isOutOfDescriptors, SpareDescriptor } from "./_netutil/spare_descriptor.ts";
export { untilQuiet } from "./_netutil/until_quiet.ts";
export { workerLink } from "./_process/worker_link.ts";
export { drainOnSignal } from "./_tcpserver/drain_on_signal.ts";
export { isTestedVersion } from "./_transport/handle_binding.ts";
export { type MemoryPairOptions, MemoryTransport } from "./_transport/memory_transport.ts";
export { hasSliceEnded, othersTurn } from "./_transport/next_turn.ts";

/**
 * Seconds for which a connection that is given up still reads and drops input: closing over unread input sends a reset,
 * which can take back what was sent before.
 */
export const LINGER_SECONDS = 2;
/** The most bytes that are dropped meanwhile: a peer that has not noticed by then does not listen. */
export const LINGER_BYTES: number = 16 * 1024 * 1024;
