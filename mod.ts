/**
 * Twister: Tornado for Deno.
 *
 * The main names of all modules are here directly, and every module but `./auth`, `./init`, `./ws` and those for
 * operations as a namespace, as in
 * `from tornado import web`. A program that needs little imports less by a sub-path such as `@twister/twister/web`.
 *
 * @example A first app
 * ```ts
 * import { Application, RequestHandler } from "@twister/twister";
 * import { assertEquals } from "@std/assert";
 *
 * class MainHandler extends RequestHandler {
 *   override get(): void {
 *     this.write("Hello, world");
 *   }
 * }
 *
 * await using server = new Application([["/", MainHandler]]).listen(0);
 * const response = await fetch(`http://localhost:${server.port}/`);
 * assertEquals(await response.text(), "Hello, world");
 * ```
 *
 * @module
 */
export * as api from "./src/api/mod.ts";
export * as autoreload from "./src/net/autoreload.ts";
export * as concurrent from "./src/concurrency/concurrent.ts";
export * as escape from "./src/util/escape.ts";
export * as gen from "./src/concurrency/gen.ts";
export * as fetchHttpclient from "./src/http/fetch_httpclient.ts";
export * as http1connection from "./src/http/http1connection.ts";
export * as httpclient from "./src/http/httpclient.ts";
export * as httpserver from "./src/http/httpserver.ts";
export * as httputil from "./src/http/httputil.ts";
export * as ioloop from "./src/net/ioloop.ts";
export * as iostream from "./src/net/iostream.ts";
export * as locale from "./src/locale/mod.ts";
export * as locks from "./src/concurrency/locks.ts";
export * as log from "./src/util/log.ts";
export * as netutil from "./src/net/netutil.ts";
export * as options from "./src/util/options.ts";
export * as proxy from "./src/proxy/mod.ts";
export * as pubsub from "./src/pubsub/mod.ts";
export * as realtime from "./src/realtime/mod.ts";
export * as queues from "./src/concurrency/queues.ts";
export * as process from "./src/net/process.ts";
export * as routing from "./src/web/routing.ts";
export * as serve from "./src/http/serve.ts";
export * as simpleHttpclient from "./src/http/simple_httpclient.ts";
export * as tcpclient from "./src/net/tcpclient.ts";
export * as tcpserver from "./src/net/tcpserver.ts";
export * as template from "./src/template/mod.ts";
export * as testing from "./src/testing/mod.ts";
export * as util from "./src/util/util.ts";
export * as web from "./src/web/mod.ts";
export * as websocket from "./src/websocket/mod.ts";

export type { Bytes } from "./src/internal/bytes.ts";
export { version, versionInfo } from "./src/internal/version.ts";

export { jsonDecode, jsonEncode, toUnicode, utf8, xhtmlEscape } from "./src/util/escape.ts";
export { accessLog, appLog, enablePrettyLogging, genLog, getLogger } from "./src/util/log.ts";
export { define, HelpRequested, OptionError, OptionParser, parseCommandLine } from "./src/util/options.ts";
export { multi, sleep, withTimeout } from "./src/concurrency/gen.ts";
export { BoundedSemaphore, Condition, Lock, Semaphore } from "./src/concurrency/locks.ts";
export { LifoQueue, PriorityQueue, Queue } from "./src/concurrency/queues.ts";
export { DictLoader, Loader, Template } from "./src/template/mod.ts";
export { CSVLocale, GettextLocale, Locale } from "./src/locale/mod.ts";
export { IOLoop, PeriodicCallback } from "./src/net/ioloop.ts";
export { IOStream, StreamBufferFullError, StreamClosedError, UnsatisfiableReadError } from "./src/net/iostream.ts";
export { listenFds } from "./src/net/netutil.ts";
export { Subprocess, Supervisor } from "./src/net/process.ts";
export { TCPClient } from "./src/net/tcpclient.ts";
export { TCPServer } from "./src/net/tcpserver.ts";
export { AsyncHTTPClient } from "./src/http/httpclient.ts";
export { FetchHandler, ServeServer } from "./src/http/serve.ts";
export { HTTPServer, type Server } from "./src/http/httpserver.ts";
export {
  HTTPFile,
  HTTPHeaders,
  HTTPInputError,
  HTTPMessageDelegate,
  HTTPOutputError,
  HTTPServerConnectionDelegate,
  HTTPServerRequest,
  RequestStartLine,
  ResponseStartLine,
} from "./src/http/httputil.ts";
export {
  HostMatches,
  PathMatches,
  ReversibleRouter,
  Router,
  Rule,
  RuleRouter,
  url,
  URLSpec,
} from "./src/web/routing.ts";
export {
  addslash,
  Application,
  authenticated,
  ErrorHandler,
  FallbackHandler,
  Finish,
  HTTPError,
  MissingArgumentError,
  RedirectHandler,
  removeslash,
  RequestHandler,
  StaticFileHandler,
  streamRequestBody,
  UIModule,
  UploadForm,
} from "./src/web/mod.ts";
export { TypedHandler } from "./src/api/mod.ts";
export { ProxyHandler } from "./src/proxy/mod.ts";
export { Presence, Topics } from "./src/pubsub/mod.ts";
export { Realtime } from "./src/realtime/mod.ts";
export { TestClient } from "./src/testing/mod.ts";
export { websocketConnect, WebSocketHandler, type WebSocketSettings } from "./src/websocket/mod.ts";
