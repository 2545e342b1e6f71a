import type { FrameError, FrameErrorCode } from "../websocket_core/internal.ts";

/** The words of `ws` for the faults of a peer; programs look for them in `message`. */
const TEXTS: Readonly<Record<FrameErrorCode, (detail: number) => string>> = {
  WS_ERR_EXPECTED_MASK: () => "Invalid WebSocket frame: MASK must be set",
  WS_ERR_UNEXPECTED_MASK: () => "Invalid WebSocket frame: MASK must be clear",
  WS_ERR_UNEXPECTED_RSV_1: () => "Invalid WebSocket frame: RSV1 must be clear",
  WS_ERR_UNEXPECTED_RSV_2_3: () => "Invalid WebSocket frame: RSV2 and RSV3 must be clear",
  WS_ERR_INVALID_OPCODE: (opcode) => `Invalid WebSocket frame: invalid opcode ${opcode}`,
  WS_ERR_EXPECTED_FIN: () => "Invalid WebSocket frame: FIN must be set",
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: (length) => `Invalid WebSocket frame: invalid payload length ${length}`,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: () => "Unsupported WebSocket frame: payload length > 2^53 - 1",
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: () => "Max payload size exceeded",
  WS_ERR_INVALID_CLOSE_CODE: (code) => `Invalid WebSocket frame: invalid status code ${code}`,
  WS_ERR_INVALID_UTF8: () => "Invalid WebSocket frame: invalid UTF-8 sequence",
  Z_DATA_ERROR: () => "Invalid WebSocket frame: message does not inflate",
};

/** Gives a peer's fault the message that it has in `ws`. */
export function describeFault(error: FrameError): FrameError {
  const { code, detail } = error;
  // A length that is written longer than it need be is taken by ws, and a fault here.
  if (code !== "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH") error.message = TEXTS[code](detail);
  return error;
}
