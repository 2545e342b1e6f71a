import { getContentRange } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { utf8 } from "../../util/escape.ts";
import type { ByteRange } from "./ranges.ts";

/** The frame of a body of several ranges (RFC 9110 section 14.6). */
export interface MultipartFrame {
  readonly contentType: string;
  /** The length of the body, in bytes. */
  readonly length: number;
  /** The text before each range, in order. */
  readonly heads: readonly Bytes[];
  /** The text after the last range. */
  readonly end: Bytes;
}

/** `size` is that of the whole file; `contentType` may be `""`. */
export function multipartFrame(ranges: readonly ByteRange[], contentType: string, size: number): MultipartFrame {
  // Random, so that no file can contain it on purpose.
  const boundary = crypto.randomUUID().replaceAll("-", "");
  const type = contentType === "" ? "" : `Content-Type: ${contentType}\r\n`;
  const heads = ranges.map(({ start, end }, i) => {
    const before = i === 0 ? "" : "\r\n";
    return utf8(`${before}--${boundary}\r\n${type}Content-Range: ${getContentRange(start, end, size)}\r\n\r\n`);
  });
  const end = utf8(`\r\n--${boundary}--\r\n`);
  let length = end.length;
  ranges.forEach((range, i) => length += heads[i].length + range.end - range.start);
  return { contentType: `multipart/byteranges; boundary=${boundary}`, length, heads, end };
}
