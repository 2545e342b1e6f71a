// What websocket/ and ws/ share: frames, compression, and one connection.
export { codecsOf } from "./_deflate/codecs.ts";
export { type Extension, isToken, parseExtensions } from "./_deflate/extensions_header.ts";
export { acceptOffer, type DeflateParameters, isInvalidOffer, makeOffer, readAnswer } from "./_deflate/parameters.ts";
export {
  closePayload,
  GOING_AWAY,
  INTERNAL_ERROR,
  isCloseCode,
  MAX_REASON,
  MESSAGE_TOO_BIG,
  NORMAL_CLOSURE,
  POLICY_VIOLATION,
} from "./_frame/close_frame.ts";
export * as opcodes from "./_frame/opcodes.ts";
export {
  completeCompression,
  type CompressionSettings,
  setMaxCompressors,
  type WebSocketCompressionOptions,
} from "./compression.ts";
export {
  CLOSE_SECONDS,
  Connection,
  type ConnectionOwner,
  type ConnectionSettings,
  type LiveConnections,
} from "./connection.ts";
export { type FrameError, type FrameErrorCode, WebSocketClosedError, WebSocketError } from "./errors.ts";
export { acceptValue, isKey, newKey } from "./handshake_key.ts";
export type { BackpressurePolicy, Sender } from "./sender.ts";
export { allSent, Sent } from "./sent.ts";
export type { WebSocketSettings } from "./settings.ts";
export type { SharedMessage } from "./shared_message.ts";
export { SocketMeter, type WebSocketRateLimit } from "./socket_meter.ts";
