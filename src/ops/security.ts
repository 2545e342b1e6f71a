/**
 * Headers that protect pages in browsers, and headers that open responses to pages of other origins. Tornado has no
 * counterpart.
 *
 * {@linkcode securityHeaders} and {@linkcode cors} make settings of an `Application`; {@linkcode crossOrigin} decorates
 * a handler class. The page "Security" tells what they protect against, and what is left to the application.
 *
 * @example
 * ```ts
 * import { cors, securityHeaders } from "@twister/twister/security";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Application([], {
 *   securityHeaders: securityHeaders(),
 *   cors: cors({ origins: ["https://app.example.com"] }),
 * });
 * const response = await app.fetch(new Request("http://localhost/"));
 * assertEquals(response.headers.get("X-Frame-Options"), "DENY");
 * await response.body?.cancel();
 * ```
 *
 * @module
 */
export { cors, type CorsOptions, crossOrigin } from "./_security/cors.ts";
export {
  type ContentSecurityPolicy,
  securityHeaders,
  type SecurityHeadersOptions,
} from "./_security/security_headers.ts";
