import { responses } from "../../http/httputil.ts";

const REASON_PHRASE = /^[\t \x21-\x7e\x80-\xff]+$/;

/**
 * The reason phrase to send: the one given, if RFC 9112 section 4 allows it, or the usual one of the status.
 *
 * A phrase with `<` in it is not sent either, although error pages escape it: it would be markup wherever somebody forgets that.
 */
export function reasonPhrase(statusCode: number, reason: string | null): string {
  if (reason === null) return responses.get(statusCode) ?? "Unknown";
  return REASON_PHRASE.test(reason) && !reason.includes("<") ? reason : "Unknown";
}
