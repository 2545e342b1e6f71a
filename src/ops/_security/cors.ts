import { stateOf } from "../../web/internal.ts";
import type { HandlerGuard, PathValue, RequestHandler, RequestHandlerClass } from "../../web/mod.ts";

/** What a page of another origin may send without asking first (Fetch, section 2.2.1). */
const SIMPLE_METHODS: readonly string[] = ["GET", "HEAD", "POST"];
/** The methods whose names browsers write in capitals, however a page writes them (Fetch, section 2.2.1). */
const CAPITALS = /^(?:delete|get|head|options|post|put)$/i;
/** A method, or the name of a field (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;
/** The most that Chromium keeps the answer to a question. */
const DEFAULT_MAX_AGE = 7200;

/** Options of {@linkcode cors} and {@linkcode crossOrigin}. */
export interface CorsOptions {
  /**
   * The origins whose pages may read responses, such as `https://app.example.com`; `"*"` for every one, without
   * cookies; or a function that decides.
   */
  origins: "*" | readonly string[] | ((origin: string) => boolean);
  /**
   * The methods that those pages may use.
   *
   * @default {["GET", "HEAD", "POST"]}
   */
  methods?: readonly string[];
  /**
   * The header fields that those pages may send, beside the usual ones.
   *
   * @default {["Content-Type"]}
   */
  headers?: readonly string[];
  /**
   * The header fields that those pages may read, beside the usual ones.
   *
   * @default {none}
   */
  exposedHeaders?: readonly string[];
  /**
   * Lets those pages send cookies. All that a visitor may do, these pages may do, too.
   *
   * @default {false}
   */
  credentials?: boolean;
  /**
   * Seconds for which a browser need not ask again.
   *
   * @default {7200}
   */
  maxAge?: number;
}

/**
 * Makes the setting `cors`: pages of other origins may read the responses of the application. Browsers ask first
 * (`OPTIONS`, a preflight) what a page may send, which is answered without the handler.
 *
 * It opens a site to other pages, and protects nothing: a request that needs no question is carried out in any case.
 *
 * @throws {TypeError} If `credentials` is combined with `"*"`, or an origin, method, field or `maxAge` is not one.
 *
 * @example
 * ```ts
 * import { cors } from "@twister/twister/security";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Application([["/", RequestHandler]], {
 *   cors: cors({ origins: ["https://app.example.com"], methods: ["GET", "PUT"] }),
 * });
 * const headers = { Origin: "https://app.example.com", "Access-Control-Request-Method": "PUT" };
 * const answer = await app.fetch(new Request("http://localhost/", { method: "OPTIONS", headers }));
 * assertEquals(answer.status, 204);
 * assertEquals(answer.headers.get("Access-Control-Allow-Methods"), "GET, PUT");
 * ```
 */
export function cors(options: CorsOptions): HandlerGuard {
  const rules = new CorsRules(options);
  return {
    setHeaders: (handler) => rules.setHeaders(handler),
    enter: (handler) => rules.answerQuestion(handler),
  };
}

/**
 * Decorates a handler class, whose responses pages of other origins may read. See {@linkcode cors}.
 *
 * @throws {TypeError} If `credentials` is combined with `"*"`, or an origin, method, field or `maxAge` is not one.
 *
 * @example
 * ```ts
 * import { crossOrigin } from "@twister/twister/security";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * @crossOrigin({ origins: "*" })
 * class Weather extends RequestHandler {
 *   override get(): void {
 *     this.write({ celsius: 21 });
 *   }
 * }
 *
 * const app = new Application([["/weather", Weather]]);
 * const request = new Request("http://localhost/weather", { headers: { Origin: "https://example.com" } });
 * const response = await app.fetch(request);
 * assertEquals(response.headers.get("Access-Control-Allow-Origin"), "*");
 * await response.body?.cancel();
 * ```
 */
export function crossOrigin(
  options: CorsOptions,
): (handlerClass: RequestHandlerClass, context: ClassDecoratorContext) => void {
  const rules = new CorsRules(options);
  return ({ prototype }) => {
    const { setDefaultHeaders, options: answerOptions } = prototype;
    prototype.setDefaultHeaders = function (this: RequestHandler): void {
      rules.setHeaders(this);
      setDefaultHeaders.call(this);
    };
    prototype.options = function (this: RequestHandler, ...args: PathValue[]): void | Promise<void> {
      rules.answerQuestion(this);
      if (!stateOf(this).finished) return answerOptions.apply(this, args);
    };
  };
}

/** Who may read what. */
class CorsRules {
  readonly #allows: ((origin: string) => boolean) | null;
  readonly #fields: readonly (readonly [string, string])[];
  readonly #answers: readonly (readonly [string, string])[];

  constructor(options: CorsOptions) {
    const { origins, credentials = false, methods = SIMPLE_METHODS, headers = ["Content-Type"] } = options;
    const { exposedHeaders = [], maxAge = DEFAULT_MAX_AGE } = options;
    for (const name of [...methods, ...headers, ...exposedHeaders]) {
      if (!TOKEN.test(name)) throw new TypeError(`Not a method or the name of a field: ${JSON.stringify(name)}`);
    }
    if (!(maxAge >= 0 && Number.isSafeInteger(maxAge))) {
      throw new TypeError(`Invalid maxAge ${maxAge}: it must be a whole number of seconds, and not negative`);
    }
    if (typeof origins === "string" && origins !== "*") {
      throw new TypeError(`Invalid origins ${JSON.stringify(origins)}: they are a list, a function, or "*" for all`);
    }
    // Browsers refuse the combination (Fetch, section 3.3.5), and a site that means it lets everybody act for visitors.
    if (origins === "*" && credentials) throw new TypeError('Cannot allow credentials for the origins "*": list them');
    this.#allows = typeof origins === "string" ? null : typeof origins === "function" ? origins : listed(origins);
    const fields: (readonly [string, string])[] = [];
    if (credentials) fields.push(["Access-Control-Allow-Credentials", "true"]);
    if (exposedHeaders.length > 0) fields.push(["Access-Control-Expose-Headers", exposedHeaders.join(", ")]);
    this.#fields = fields;
    this.#answers = [
      ["Access-Control-Allow-Methods", methods.map(inCapitals).join(", ")],
      ["Access-Control-Allow-Headers", headers.join(", ")],
      ["Access-Control-Max-Age", String(maxAge)],
    ];
  }

  setHeaders(handler: RequestHandler): void {
    if (this.#allows === null) handler.setHeader("Access-Control-Allow-Origin", "*");
    else {
      // Also for other origins: a cache must not give them this response.
      handler.addHeader("Vary", "Origin");
      const origin = handler.request.headers.get("Origin");
      if (origin === null || origin === "null" || !this.#allows(origin)) return;
      handler.setHeader("Access-Control-Allow-Origin", origin);
    }
    for (const [name, value] of this.#fields) handler.setHeader(name, value);
  }

  /** Answers if a browser asks what a page may send. A page that may not learns it from what is missing. */
  answerQuestion(handler: RequestHandler): void {
    const { method, headers } = handler.request;
    if (method !== "OPTIONS" || headers.get("Access-Control-Request-Method") === null) return;
    if (headers.get("Origin") === null) return;
    handler.setStatus(204);
    if (stateOf(handler).headers.get("Access-Control-Allow-Origin") !== null) {
      for (const [name, value] of this.#answers) handler.setHeader(name, value);
    }
    void handler.finish();
  }
}

function inCapitals(method: string): string {
  return CAPITALS.test(method) ? method.toUpperCase() : method;
}

/** @throws {TypeError} If one of them is not an origin. */
function listed(origins: readonly string[]): (origin: string) => boolean {
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new TypeError(`Not an origin: ${JSON.stringify(origin)}; write it as https://app.example.com`);
    }
  }
  const known = new Set(origins);
  return (origin) => known.has(origin);
}
