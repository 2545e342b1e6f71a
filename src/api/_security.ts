import { isAuthenticated } from "../web/internal.ts";
import type { Settings } from "../web/mod.ts";
import type { SecurityScheme } from "./openapi.ts";

/** The needs of a request besides its declaration. */
export interface Needs {
  /** The names of the schemes, all of which it needs. */
  readonly schemes: readonly string[];
  /** The statuses of the problems that it is answered with if one is missing. */
  readonly problems: readonly number[];
  /** Tells whether it is redirected to the login page. */
  readonly redirects: boolean;
}

/** The security schemes that the methods of a document need. */
export class Security {
  /** The schemes that were needed so far. */
  readonly schemes: Map<string, SecurityScheme> = new Map();
  readonly #login: SecurityScheme | undefined;

  constructor(login: SecurityScheme | undefined) {
    this.#login = login;
  }

  /** @throws {TypeError} If the method needs a login, and it is not known how users log in. */
  needsOf(method: string, implementation: unknown, route: string, settings: Settings): Needs {
    const schemes: string[] = [];
    const isSafe = ["get", "head", "options"].includes(method);
    const needsLogin = isAuthenticated(implementation);
    if (needsLogin) {
      if (this.#login === undefined) {
        throw new TypeError(`Cannot describe ${route}: it is authenticated; say how users log in by the option login`);
      }
      this.schemes.set("login", this.#login);
      schemes.push("login");
    }
    if (settings.xsrfCookies === true && !isSafe) {
      const { xsrfCookieName = "_xsrf" } = settings;
      this.schemes.set("xsrfCookie", { type: "apiKey", in: "cookie", name: xsrfCookieName });
      this.schemes.set("xsrfToken", { type: "apiKey", in: "header", name: "X-Xsrftoken" });
      schemes.push("xsrfCookie", "xsrfToken");
    }
    // A redirect is for those who read pages: `authenticated` sends it for GET and HEAD only.
    return { schemes, problems: schemes.length > 0 && !isSafe ? [403] : [], redirects: needsLogin && isSafe };
  }
}
