// The feed of a user of Facebook, with login and logout. Access tokens stay in the memory of the server.
import { FacebookGraphMixin } from "../../src/auth/mod.ts";
import { isPlainObject } from "../../src/internal/json_object.ts";
import { DictLoader } from "../../src/template/mod.ts";
import { Application, authenticated, RequestHandler, UIModule } from "../../src/web/mod.ts";
import { fileRoutes } from "../shared/files.ts";
import page from "./page.html" with { type: "text" };
import postTemplate from "./post.html" with { type: "text" };

const SESSION_COOKIE = "facebook_session";
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/** The most users who are logged in; beyond it the first one has to log in again. */
const MAX_SESSIONS = 1000;

interface Session {
  readonly name: string;
  readonly accessToken: string;
}

interface Post {
  readonly message: string;
  readonly time: string;
}

/** Where Facebook and the site are. */
export interface Places {
  /** The URL of the Graph API; `null` for Facebook's. */
  readonly graph: string | null;
  /** The URL of the login page; `null` for Facebook's. */
  readonly dialog: string | null;
  /** The URL of the site as browsers see it, without a slash at the end; known once it listens. */
  site: string;
}

/** The users who are logged in, by the texts of their cookies. */
class Sessions {
  readonly #sessions: Map<string, Session> = new Map();

  get(id: string | null): Session | null {
    return this.#sessions.get(id ?? "") ?? null;
  }

  add(session: Session): string {
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size < MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    const id = crypto.randomUUID();
    this.#sessions.set(id, session);
    return id;
  }

  delete(id: string | null): void {
    this.#sessions.delete(id ?? "");
  }
}

class Visitor extends RequestHandler {
  declare readonly kwargs: { places: Places; sessions: Sessions };

  override setDefaultHeaders(): void {
    this.setHeader("Content-Security-Policy", CSP);
    this.setHeader("Cache-Control", "no-store");
  }

  get sessionId(): string | null {
    return this.getSignedCookieText(SESSION_COOKIE);
  }

  override getCurrentUser(): Session | null {
    return this.kwargs.sessions.get(this.sessionId);
  }
}

class FacebookHandler extends FacebookGraphMixin(Visitor) {
  override get _FACEBOOK_BASE_URL(): string {
    return this.kwargs.places.graph ?? super._FACEBOOK_BASE_URL;
  }

  override get _OAUTH_AUTHORIZE_URL(): string {
    return this.kwargs.places.dialog ?? super._OAUTH_AUTHORIZE_URL;
  }
}

class FeedHandler extends FacebookHandler {
  @authenticated
  override async get(): Promise<void> {
    const { accessToken = "", name = "" } = this.currentUser ?? {};
    const feed = await this.facebookRequest("/me/feed", { accessToken, args: { fields: "message,created_time" } });
    this.render("page.html", { name, posts: postsOf(feed) });
  }
}

class LoginHandler extends FacebookHandler {
  override async get(): Promise<void> {
    const { places: { site }, sessions } = this.kwargs;
    const redirectUri = `${site}/auth/login`;
    if (this.getArgument("code", null) === null) {
      const next = this.getArgument("next", "/");
      return await this.authorizeRedirect({ redirectUri, next, extraParams: { scope: "public_profile,user_posts" } });
    }
    const { access_token: accessToken, name, next } = await this.getAuthenticatedUser(redirectUri);
    const id = sessions.add({ accessToken, name: String(name) });
    const secure = site.startsWith("https:");
    this.setSignedCookie(SESSION_COOKIE, id, { httponly: true, samesite: "Lax", secure });
    this.redirect(next);
  }
}

class LogoutHandler extends Visitor {
  override post(): void {
    this.kwargs.sessions.delete(this.sessionId);
    this.clearCookie(SESSION_COOKIE);
    this.redirect("/bye", { status: 303 });
  }
}

class ByeHandler extends Visitor {
  override get(): void {
    this.render("page.html", { name: null, posts: [] });
  }
}

/** A post on the page. */
class PostModule extends UIModule {
  override render(post: Post): string {
    return this.renderString("post.html", { post });
  }
}

/** Posts with a text, of an answer that may be anything. */
function postsOf(feed: unknown): Post[] {
  const data: unknown[] = isPlainObject(feed) && Array.isArray(feed.data) ? feed.data : [];
  return data.filter(isPlainObject)
    .map(({ message, created_time: time }) => ({ message: String(message ?? ""), time: String(time ?? "") }))
    .filter(({ message }) => message !== "");
}

/** The site. */
export function makeApp(places: Places, app: { readonly key: string; readonly secret: string }): Application {
  const kwargs = { places, sessions: new Sessions() };
  return new Application([
    ["/", FeedHandler, kwargs],
    ["/auth/login", LoginHandler, kwargs],
    ["/auth/logout", LogoutHandler, kwargs],
    ["/bye", ByeHandler, kwargs],
    ...fileRoutes({}),
  ], {
    facebookApiKey: app.key,
    facebookSecret: app.secret,
    loginUrl: "/auth/login",
    templateLoader: new DictLoader({ "page.html": page, "post.html": postTemplate }),
    uiModules: { Post: PostModule },
    xsrfCookies: true,
    cookieSecret: crypto.getRandomValues(new Uint8Array(32)).toHex(),
  });
}
