/**
 * The parts of the web framework that other folders of `src` use. It is not an entry of the package.
 *
 * @module
 */
export { hideQuery } from "./_request_handler/request_log.ts";
export { equalInConstantTime } from "./_signed_value/keys.ts";
