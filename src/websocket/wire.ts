// The parts of the WebSocket protocol that do no I/O, for drivers in other folders.
export { codecsOf } from "./agreement.ts";
export type { CompressionSettings } from "./compression.ts";
export { completeCompression } from "./compression.ts";
export type { Deflater } from "./_deflate/deflater.ts";
export { acceptOffer, type DeflateParameters, makeOffer, readAnswer } from "./_deflate/parameters.ts";
export { INTERNAL_ERROR, isCloseCode, MAX_REASON } from "./_frame/close.ts";
export { BINARY, CLOSE, CONTINUATION, FIN, MAX_CONTROL_PAYLOAD, PING, PONG, RSV1, TEXT } from "./_frame/opcodes.ts";
export { FAILED, FrameReader, NEED_MORE } from "./_frame/reader.ts";
export { bytesFrame, encodeText, frameHead, textFrame } from "./_frame/writer.ts";
export { isToken, parseExtensions } from "./_handshake/extensions.ts";
export { isKey, mayUpgrade, splitList } from "./_handshake/server.ts";
export { WebSocketProtocol13 } from "./protocol13.ts";
