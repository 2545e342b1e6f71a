// What ws/ needs of the opening handshake.
export { mayUpgrade, splitList } from "./_handshake/request_checks.ts";
