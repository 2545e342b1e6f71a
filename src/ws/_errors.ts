/** An error with a code, as node has them. */
export type CodedError = Error & { code: string };

/** What the frame reader says of a failure, and the code that `ws` has for it. */
const CODES: Readonly<Record<string, string>> = {
  "masked frame from a server": "WS_ERR_UNEXPECTED_MASK",
  "unmasked client frame": "WS_ERR_EXPECTED_MASK",
  "reserved bits are set": "WS_ERR_UNEXPECTED_RSV_1",
  "fragmented control frame": "WS_ERR_EXPECTED_FIN",
  "control frame too long": "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH",
  "close frame with half a code": "WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH",
  "length with its highest bit set": "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
  "length in more octets than it needs": "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
};

/** What the rest has, by the code that the connection is closed with. */
const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  1002: "WS_ERR_INVALID_OPCODE",
  1007: "WS_ERR_INVALID_UTF8",
  1009: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
};

/** The error for a frame that breaks the protocol. */
export function frameError(status: number, reason: string): CodedError {
  const code = reason.startsWith("invalid close code")
    ? "WS_ERR_INVALID_CLOSE_CODE"
    : reason === "message does not inflate"
    ? "Z_DATA_ERROR"
    : CODES[reason] ?? CODES_BY_STATUS[status] ?? "WS_ERR_INVALID_OPCODE";
  return Object.assign(new RangeError(`Invalid WebSocket frame: ${reason}`), { code });
}
