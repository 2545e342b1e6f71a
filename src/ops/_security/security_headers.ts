import { nonceOf, stateOf } from "../../web/internal.ts";
import type { HandlerGuard, RequestHandler } from "../../web/mod.ts";

/** Two years: what browsers ask of a site before they put it on their list. */
const HSTS_SECONDS = 63_072_000;

/** What a header field can have in any case (RFC 9110, section 5.5). */
const TEXT = /^[ -~]+$/;

/** Stands for the nonce of the response in the sources of a policy. */
const NONCE = "'nonce'";

/**
 * A policy that lets a page load nothing but what is of its own site, and run no script in the page but those that have
 * the nonce.
 */
const STRICT_POLICY: ContentSecurityPolicy = {
  "default-src": ["'self'"],
  "script-src": ["'self'", NONCE],
  "object-src": ["'none'"],
  "base-uri": ["'none'"],
  "form-action": ["'self'"],
};

/**
 * The directives of a Content-Security-Policy with their sources. `'nonce'` stands for the nonce of the response:
 * `handler.cspNonce` in a template.
 */
export type ContentSecurityPolicy = Readonly<Record<string, readonly string[]>>;

/** Options of {@linkcode securityHeaders}. */
export interface SecurityHeadersOptions {
  /**
   * Seconds for which browsers use nothing but TLS for this host, or `false`. It is sent over TLS alone.
   *
   * @default {63072000}
   */
  hsts?: number | false;
  /**
   * Extends that to all hosts of the domain, which must then all have TLS.
   *
   * @default {false}
   */
  hstsSubDomains?: boolean;
  /**
   * The pages that may show this one in a frame: none, those of the same origin, or any (`false`).
   *
   * @default {"none"}
   */
  frames?: "none" | "self" | false;
  /**
   * The addresses that browsers tell other sites in `Referer`, or `false`.
   *
   * @default {"strict-origin-when-cross-origin"}
   */
  referrer?: string | false;
  /**
   * The windows that share a process with pages of this site, or `false`.
   *
   * @default {"same-origin"}
   */
  opener?: "same-origin" | "same-origin-allow-popups" | false;
  /**
   * The policy for what pages load and run; `"strict"` allows what is of the same origin, and scripts with the nonce.
   *
   * @default {none but the rule for frames}
   */
  contentSecurityPolicy?: "strict" | ContentSecurityPolicy;
  /**
   * Only reports what the policy would refuse, to try it out.
   *
   * @default {false}
   */
  reportOnly?: boolean;
}

/**
 * Makes the setting `securityHeaders`. Headers that a handler sets itself take precedence.
 *
 * @throws {TypeError} If a directive or source of the policy has a character that would end it, `hsts` is not a whole
 * number, or a header field cannot have the text of `referrer`.
 *
 * @example
 * ```ts
 * import { securityHeaders } from "@twister/twister/security";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals, assertMatch } from "@std/assert";
 *
 * class Page extends RequestHandler {
 *   override get(): void {
 *     this.write(`<script nonce="${this.cspNonce}">start()</script>`);
 *   }
 * }
 *
 * const app = new Application([["/", Page]], {
 *   securityHeaders: securityHeaders({ contentSecurityPolicy: "strict" }),
 * });
 * const { headers } = await app.fetch(new Request("https://localhost/"));
 * assertEquals(headers.get("X-Content-Type-Options"), "nosniff");
 * assertMatch(headers.get("Content-Security-Policy") ?? "", /script-src 'self' 'nonce-[\w+/]{22}=='/);
 * ```
 */
export function securityHeaders(options: SecurityHeadersOptions = {}): HandlerGuard {
  const { hsts = HSTS_SECONDS, frames = "none", contentSecurityPolicy = {}, reportOnly = false } = options;
  const { referrer = "strict-origin-when-cross-origin", opener = "same-origin" } = options;
  // Browsers ignore the whole field if it has anything else (RFC 6797, section 6.1.1).
  if (hsts !== false && !(hsts >= 0 && Number.isSafeInteger(hsts))) {
    throw new TypeError(`Invalid hsts ${hsts}: it must be a whole number of seconds, and not negative`);
  }
  if (referrer !== false && !TEXT.test(referrer)) {
    throw new TypeError(`Invalid referrer ${JSON.stringify(referrer)}: a header field cannot have that`);
  }
  const transport = hsts === false ? null : `max-age=${hsts}${options.hstsSubDomains ? "; includeSubDomains" : ""}`;
  const policy = policyText(contentSecurityPolicy === "strict" ? STRICT_POLICY : contentSecurityPolicy, frames);
  const policyName = reportOnly ? "Content-Security-Policy-Report-Only" : "Content-Security-Policy";
  const fields: (readonly [string, string])[] = [["X-Content-Type-Options", "nosniff"]];
  if (frames !== false) fields.push(["X-Frame-Options", frames === "none" ? "DENY" : "SAMEORIGIN"]);
  if (referrer !== false) fields.push(["Referrer-Policy", referrer]);
  if (opener !== false) fields.push(["Cross-Origin-Opener-Policy", opener]);
  return {
    setHeaders(handler: RequestHandler): void {
      for (const [name, value] of fields) handler.setHeader(name, value);
      if (transport !== null && handler.request.protocol === "https") {
        handler.setHeader("Strict-Transport-Security", transport);
      }
    },
    beforeHead(handler: RequestHandler): void {
      if (policy === "" || stateOf(handler).headers.get(policyName) !== null) return;
      handler.setHeader(policyName, withNonce(policy, handler));
    },
  };
}

function policyText(policy: ContentSecurityPolicy, frames: "none" | "self" | false): string {
  const ancestors = frames === false ? {} : { "frame-ancestors": [`'${frames}'`] };
  return Object.entries({ ...ancestors, ...policy }).map(([name, sources]) => {
    const directive = [name, ...sources];
    const wrong = directive.find((part) => /[;,\s]/.test(part) || !TEXT.test(part));
    if (wrong !== undefined) {
      throw new TypeError(
        `Invalid part of a policy ${JSON.stringify(wrong)}: it is empty, or has ";", ",", a blank, or more than ASCII`,
      );
    }
    return directive.join(" ");
  }).join("; ");
}

/** A page without scripts of its own has no nonce, so that it stays the same for caches. */
function withNonce(policy: string, handler: RequestHandler): string {
  if (!policy.includes(NONCE)) return policy;
  const nonce = nonceOf(handler);
  return policy.replaceAll(` ${NONCE}`, nonce === null ? "" : ` 'nonce-${nonce}'`);
}
