/**
 * The parts that HTTP servers and clients share: headers, start lines, requests, bodies, cookies, ranges, and the
 * delegate interfaces between an engine and an application. Tornado's `tornado.httputil`.
 *
 * @example Reading a form
 * ```ts
 * import { HTTPHeaders, HTTPServerRequest, RequestStartLine } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new HTTPServerRequest({
 *   startLine: new RequestStartLine("POST", "/", "HTTP/1.1"),
 *   headers: new HTTPHeaders({ "Content-Type": "application/x-www-form-urlencoded" }),
 *   body: new TextEncoder().encode("name=Ada"),
 * });
 * request.parseBody();
 * assertEquals(new TextDecoder().decode(request.bodyArguments.name[0]), "Ada");
 * ```
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export type { EndReason, RequestRecord, TraceIds } from "../internal/events.ts";
export { HTTPHeaders, type HTTPHeadersInit } from "./_httputil/headers.ts";
export { HTTP_WHITESPACE } from "./_httputil/fields.ts";
export {
  parseRequestStartLine,
  parseResponseStartLine,
  RequestStartLine,
  ResponseStartLine,
} from "./_httputil/start_lines.ts";
export {
  type CloseListener,
  type HTTPConnection,
  HTTPMessageDelegate,
  type HTTPRequestContext,
  HTTPServerConnectionDelegate,
  type UpgradeHandler,
} from "./_httputil/delegates.ts";
export { type LongLivedResponse, LongLivedResponses } from "./_httputil/long_lived.ts";
export {
  HeaderNotFoundError,
  HTTPInputError,
  type HTTPInputErrorOptions,
  HTTPOutputError,
  UnreadableBodyError,
} from "./_httputil/errors.ts";
export { HTTPServerRequest, type HTTPServerRequestOptions } from "./_httputil/request.ts";
export { HTTPFile, type HTTPFileInit } from "./_httputil/http_file.ts";
export {
  ParseBodyConfig,
  type ParseBodyConfigOptions,
  ParseMultipartConfig,
  type ParseMultipartConfigOptions,
  ParseUrlEncodedConfig,
  type ParseUrlEncodedConfigOptions,
  setParseBodyConfig,
} from "./_httputil/body_config.ts";
export { parseBodyArguments, type ParseBodyArgumentsOptions } from "./_httputil/body.ts";
export { parseMultipartFormData, type ParseMultipartFormDataOptions } from "./_httputil/multipart.ts";
export { type MultipartEvent, MultipartParser, type MultipartParserOptions } from "./_httputil/multipart_parser.ts";
export type { PartHead } from "./_httputil/part_head.ts";
export { Morsel, parseCookie } from "./_httputil/cookies.ts";
export { encodeHeader, parseHeader } from "./_httputil/params.ts";
export { getContentRange, parseRequestRange } from "./_httputil/ranges.ts";
export { responses } from "./_httputil/responses.ts";
export { formatTimestamp, parseTimestamp } from "./_httputil/timestamps.ts";
export { encodeUsernamePassword, qsToQsl, splitHostAndPort, urlConcat } from "./_httputil/urls.ts";
