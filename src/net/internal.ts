/**
 * What other folders of the house use of the network. It is no entry of the package.
 *
 * @module
 */
export { bindAddresses } from "./_netutil/bind_sockets.ts";
export { unmapIPv4 } from "./_netutil/ip.ts";
