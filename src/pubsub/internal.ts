/**
 * The part of the topics that event streams need, so that a server without topics loads no more. It is not an entry of
 * the package.
 *
 * @module
 */
export { LatestMessages } from "./latest_messages.ts";
