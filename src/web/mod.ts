/**
 * The web framework: applications and request handlers. Tornado's `tornado.web`.
 *
 * @example
 * ```ts
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class MainHandler extends RequestHandler {
 *   override get(): void {
 *     this.write("Hello, world");
 *   }
 * }
 *
 * class StoryHandler extends RequestHandler {
 *   override async get(id: string): Promise<void> {
 *     this.write({ story: Number(await id) });
 *   }
 * }
 *
 * const app = new Application([
 *   ["/", MainHandler],
 *   ["/story/([0-9]+)", StoryHandler],
 * ]);
 * const response = await app.fetch(new Request("http://localhost/story/7"));
 * assertEquals(await response.json(), { story: 7 });
 * ```
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export type { JsonObject } from "../internal/json_object.ts";
export type { ListenOptions } from "../net/tcpserver.ts";
export type { WebSocketRateLimit, WebSocketSettings } from "../websocket_core/internal.ts";
export type { Fetcher, FetchFunction } from "./_fallback/web_bridge.ts";
export type { RedirectOptions } from "./_redirect/redirect_url.ts";
export { isAbsolute } from "./_render/assets.ts";
export type { ArgumentOptions } from "./_request_handler/arguments.ts";
export type { SendErrorOptions } from "./_request_handler/error_page.ts";
export type { HeaderValue } from "./_request_handler/header_value.ts";
export type {
  GetSignedCookieOptions,
  SignedCookieOptions,
  SignedValueOptions,
} from "./_request_handler/signed_cookies.ts";
export type { Chunk } from "./_request_handler/write_chunk.ts";
export type { UIMethod, UIModuleClass, UIModuleInstance, UIModuleSource } from "./_render/ui_types.ts";
export type { TargetParams } from "./_routing/matcher.ts";
export type { PathArgument } from "./_routing/path_argument.ts";
export { url, URLSpec, type URLSpecOptions } from "./_routing/rule.ts";
export type {
  CheckedOptions,
  CheckedRules,
  CheckedTarget,
  NoKwargs,
  PathPattern,
  RuleList,
  RulePart,
  RuleTarget,
  RuleTuple,
  TargetKwargs,
} from "./_routing/rule_types.ts";
export {
  Application,
  type ApplicationListenOptions,
  type ApplicationOptions,
  type ApplicationServeOptions,
  type CheckedSettings,
} from "./application.ts";
export { type ContentCoding, ContentEncoding, GZipContentEncoding } from "./content_encoding.ts";
export { type ClearCookieOptions, CookieError, type CookieOptions } from "./cookies.ts";
export { addslash, authenticated, type HandlerMethod, removeslash, streamRequestBody } from "./decorators.ts";
export { ErrorHandler, type ErrorHandlerKwargs } from "./error_handler.ts";
export { DrainError, Finish, HTTPError, type HTTPErrorOptions, MissingArgumentError } from "./errors.ts";
export {
  type EventBackpressure,
  type EventFields,
  type EventHistory,
  type EventReader,
  EventStream,
  type EventStreamCloseOptions,
  type EventStreamEnd,
  type EventStreamOptions,
  type TopicFeed,
} from "./event_stream.ts";
export {
  type Fallback,
  type FallbackCallback,
  FallbackHandler,
  type FallbackHandlerKwargs,
} from "./fallback_handler.ts";
export type { HandlerGuard } from "./handler_guard.ts";
export { RedirectHandler, type RedirectHandlerKwargs } from "./redirect_handler.ts";
export {
  type HandlerStaticUrlOptions,
  type PathValue,
  RequestHandler,
  type RequestHandlerClass,
} from "./request_handler.ts";
export type { Flash, Session } from "./session.ts";
export type { CrossOriginProtection, OAuthConsumer, Settings, StaticUrlOptions } from "./settings.ts";
export {
  type CookieSecret,
  createSignedText,
  createSignedValue,
  type CreateSignedValueOptions,
  decodeSignedText,
  decodeSignedValue,
  type DecodeSignedValueOptions,
  DEFAULT_SIGNED_VALUE_MIN_VERSION,
  DEFAULT_SIGNED_VALUE_VERSION,
  getSignatureKeyVersion,
  MAX_SUPPORTED_SIGNED_VALUE_VERSION,
  MIN_SUPPORTED_SIGNED_VALUE_VERSION,
} from "./signed_value.ts";
export {
  type Precompressed,
  type StaticContent,
  StaticFileHandler,
  type StaticFileKwargs,
  type StaticPath,
} from "./static_files.ts";
export { StreamLog, type StreamLogEntry, type StreamLogOptions, type StreamLogState } from "./stream_log.ts";
export { SharedStreamLogs } from "./shared_stream_logs.ts";
export { StreamLogs, type StreamLogsOptions, type StreamProducer } from "./stream_logs.ts";
export { type FirstChunk, OutputTransform, type OutputTransformClass } from "./transforms.ts";
export { type ModuleResources, TemplateModule, UIModule } from "./ui_modules.ts";
export { type PartReceiver, UploadedFile, UploadForm, type UploadFormOptions } from "./upload_form.ts";
