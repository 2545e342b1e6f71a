import type { HTTPServerRequest } from "../http/httputil.ts";
import type { OutputTransformClass } from "./transforms.ts";

/** A request that was answered, as the log sees it: a `RequestHandler`. */
export interface FinishedRequest {
  /** The request. */
  readonly request: HTTPServerRequest;
  /** The status of the response. */
  getStatus(): number;
}

/** A class of handlers: a subclass of `RequestHandler`. */
export type HandlerClass = new (application: never, request: HTTPServerRequest) => FinishedRequest;

/**
 * Settings of an `Application`.
 *
 * An application may have settings of its own; an interface that extends this one gives them a type.
 *
 * @example
 * ```ts
 * import { Application, type Settings } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * interface BlogSettings extends Settings {
 *   blogTitle: string;
 * }
 * class Blog extends Application {
 *   declare readonly settings: BlogSettings;
 * }
 *
 * const settings: BlogSettings = { blogTitle: "Notes", debug: true };
 * assertEquals(new Blog([], settings).settings.blogTitle, "Notes");
 * ```
 */
export interface Settings {
  /**
   * Turns on what helps while developing, as far as it is not set itself: `autoreload` and `serveTraceback` become true,
   * `compiledTemplateCache` and `staticHashCache` false.
   *
   * @default {false}
   */
  debug?: boolean;
  /**
   * Whether the program starts again when one of its files changes.
   *
   * @default {false}
   */
  autoreload?: boolean;
  /**
   * Whether compiled templates are kept.
   *
   * @default {true}
   */
  compiledTemplateCache?: boolean;
  /**
   * Whether the versions of static files are kept.
   *
   * @default {true}
   */
  staticHashCache?: boolean;
  /**
   * Whether error pages show the stack of the error.
   *
   * @default {false}
   */
  serveTraceback?: boolean;
  /**
   * The handler of requests that no rule matches.
   *
   * @default {ErrorHandler with status 404}
   */
  defaultHandlerClass?: HandlerClass;
  /**
   * Arguments for the `initialize` of that handler.
   *
   * @default {none}
   */
  defaultHandlerArgs?: object;
  /** Called at the end of each request, in place of the access log; it is given the `RequestHandler`. */
  logFunction?(handler: FinishedRequest): void;
  /** Settings of the application itself. */
  [name: string]: unknown;
}

/** What a handler asks of its application; `Application` is the one there is. */
export interface HandlerApplication {
  /** The settings. */
  readonly settings: Settings;
  /** The classes of the transforms of every response, in order. */
  readonly transforms: readonly OutputTransformClass[];
  /** The URL of a named rule. */
  reverseUrl(name: string, ...args: unknown[]): string;
  /** Logs a finished request. */
  logRequest(handler: FinishedRequest): void;
}
