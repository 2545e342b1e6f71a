// A page for users who are logged in, with login and logout.
import { GoogleOAuth2Mixin } from "../../src/auth/mod.ts";
import { DictLoader } from "../../src/template/mod.ts";
import { Application, authenticated, type OAuthConsumer, RequestHandler } from "../../src/web/mod.ts";
import { fileRoutes } from "../shared/files.ts";
import page from "./page.html" with { type: "text" };

const USER_COOKIE = "google_user";
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** What the page says of a user. */
interface User {
  readonly sub: string;
  readonly name: string;
  readonly email: string;
}

/** Where the provider and the site are. */
export interface Places {
  /** The issuer; `null` for Google. */
  readonly issuer: string | null;
  /** The URL of the site as browsers see it, without a slash at the end; known once it listens. */
  site: string;
}

class Base extends RequestHandler {
  declare readonly kwargs: Places;

  override setDefaultHeaders(): void {
    this.setHeader("Content-Security-Policy", CSP);
    this.setHeader("Cache-Control", "no-store");
  }

  override getCurrentUser(): User | null {
    const text = this.getSignedCookieText(USER_COOKIE);
    return text === null ? null : JSON.parse(text);
  }
}

class HomeHandler extends Base {
  @authenticated
  override get(): void {
    this.render("page.html", { user: this.currentUser });
  }
}

class LoginHandler extends GoogleOAuth2Mixin(Base) {
  override get _OAUTH_ISSUER(): string {
    return this.kwargs.issuer ?? super._OAUTH_ISSUER;
  }

  override async get(): Promise<void> {
    const redirectUri = `${this.kwargs.site}/auth/login`;
    if (this.getArgument("code", null) === null) {
      const next = this.getArgument("next", "/");
      return await this.authorizeRedirect({ redirectUri, scope: ["profile", "email"], next });
    }
    const { claims, next } = await this.getAuthenticatedUser(redirectUri);
    const { sub, name = sub, email, email_verified } = claims;
    const user: User = { sub, name: String(name), email: email_verified === true ? String(email) : "" };
    const secure = this.kwargs.site.startsWith("https:");
    this.setSignedCookie(USER_COOKIE, JSON.stringify(user), { httponly: true, samesite: "Lax", secure });
    this.redirect(next);
  }
}

class LogoutHandler extends Base {
  override post(): void {
    this.clearCookie(USER_COOKIE);
    this.redirect("/bye", { status: 303 });
  }
}

class ByeHandler extends Base {
  override get(): void {
    this.render("page.html", { user: null });
  }
}

/** The site. */
export function makeApp(places: Places, googleOauth: OAuthConsumer): Application {
  return new Application([
    ["/", HomeHandler, places],
    ["/auth/login", LoginHandler, places],
    ["/auth/logout", LogoutHandler, places],
    ["/bye", ByeHandler, places],
    ...fileRoutes({}),
  ], {
    googleOauth,
    loginUrl: "/auth/login",
    templateLoader: new DictLoader({ "page.html": page }),
    xsrfCookies: true,
    // Users log in again when the program has restarted.
    cookieSecret: crypto.getRandomValues(new Uint8Array(32)).toHex(),
  });
}
