export { setMaxCompressors, type WebSocketCompressionOptions } from "./compression.ts";
export { WebSocketClosedError, WebSocketError } from "./errors.ts";
export { WebSocketHandler } from "./handler.ts";
