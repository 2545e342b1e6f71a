/** The kinds of frames, which {@linkcode FrameReader.read} returns as well (RFC 6455, section 5.2). */

/** Goes on with the message that began before. */
export const CONTINUATION = 0x0;
/** A message of UTF-8 text, or the first fragment of one. */
export const TEXT = 0x1;
/** A message of bytes, or the first fragment of one. */
export const BINARY = 0x2;
/** The last frame in its direction, with a code and a reason. */
export const CLOSE = 0x8;
/** Asks for a pong with the same payload. */
export const PING = 0x9;
/** Answers a ping. */
export const PONG = 0xa;

/** First octet: the last fragment of its message. */
export const FIN = 0x80;
/** First octet: the message is compressed (RFC 7692, section 6). */
export const RSV1 = 0x40;
/** First octet: reserved, and no extension that we know gives it a meaning. */
export const RSV2 = 0x20;
/** First octet: as {@linkcode RSV2}. */
export const RSV3 = 0x10;
/** First octet: all reserved bits. */
export const RSV_MASK: number = RSV1 | RSV2 | RSV3;
/** First octet: the opcode. */
export const OPCODE_MASK = 0x0f;
/** Second octet: the payload is masked. */
export const MASKED = 0x80;

/** The most bytes a control frame carries (section 5.5). */
export const MAX_CONTROL_PAYLOAD = 125;
/** The most bytes before a payload: two octets, a length of eight, and a mask of four. */
export const MAX_HEAD = 14;
