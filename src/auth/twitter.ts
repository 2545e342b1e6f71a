import { urlConcat } from "../http/httputil.ts";
import { isPlainObject } from "../internal/json_object.ts";
import type { OAuthConsumer, RequestHandlerClass } from "../web/mod.ts";
import { type Mixed, mixed, type WithMixin } from "./_mix.ts";
import type { OAuthToken } from "./_oauth1_signature.ts";
import { type OAuthMixin, type OAuthUser, redirectWithToken, withOAuth } from "./oauth_mixin.ts";

/** Options of `twitterRequest`. */
export interface TwitterRequestOptions {
  /**
   * Fields of a form, which make the request a POST.
   *
   * @default {none: a GET}
   */
  postArgs?: Readonly<Record<string, string>>;
  /**
   * Arguments of the query.
   *
   * @default {{}}
   */
  args?: Readonly<Record<string, string>>;
}

/** The members that {@linkcode TwitterMixin} adds to a handler. */
export interface TwitterMixin extends OAuthMixin {
  /** Twitter's page for users who have not yet allowed it; it asks no others. */
  readonly _OAUTH_AUTHENTICATE_URL: string;
  /** The URL of Twitter's API. */
  readonly _TWITTER_BASE_URL: string;
  /**
   * Logs in like `authorizeRedirect`, but asks nothing of a user who has allowed it before. Await it.
   *
   * @throws {AuthError} If Twitter gives no token.
   */
  authenticateRedirect(callbackUri?: string): Promise<void>;
  /**
   * Asks Twitter's API for a path such as `/users/show/ada`, and returns its JSON.
   *
   * @throws {HTTPClientError} If the status is not 2xx, or there is no answer.
   */
  twitterRequest(path: string, accessToken: OAuthToken, options?: TwitterRequestOptions): Promise<unknown>;
}

/**
 * Adds login by Twitter's OAuth 1 to a handler class, with the settings `twitterConsumerKey` and
 * `twitterConsumerSecret`. Tornado's `TwitterMixin`.
 *
 * @deprecated Twitter has become X, whose version 1.1 of the API is no longer free; Tornado deprecates it as well.
 *
 * @example
 * ```ts
 * import { TwitterMixin } from "@twister/twister/auth";
 * import { RequestHandler } from "@twister/twister/web";
 * import { assert } from "@std/assert";
 *
 * class Login extends TwitterMixin(RequestHandler) {
 *   override async get(): Promise<void> {
 *     if (this.getArgument("oauth_token", null) === null) return await this.authenticateRedirect();
 *     const user = await this.getAuthenticatedUser();
 *     this.write(`Hello, ${user.username}`);
 *   }
 * }
 * assert(Login.prototype instanceof RequestHandler);
 * ```
 */
export function TwitterMixin<Base extends RequestHandlerClass>(base: Base): WithMixin<Base, TwitterMixin> {
  return mixed<Base, TwitterMixin>(base, withTwitter(base));
}

function withTwitter(base: RequestHandlerClass): Mixed<TwitterMixin> {
  return class extends withOAuth(base) implements TwitterMixin {
    override get _OAUTH_REQUEST_TOKEN_URL(): string {
      return "https://api.twitter.com/oauth/request_token";
    }

    override get _OAUTH_ACCESS_TOKEN_URL(): string {
      return "https://api.twitter.com/oauth/access_token";
    }

    override get _OAUTH_AUTHORIZE_URL(): string {
      return "https://api.twitter.com/oauth/authorize";
    }

    get _OAUTH_AUTHENTICATE_URL(): string {
      return "https://api.twitter.com/oauth/authenticate";
    }

    get _TWITTER_BASE_URL(): string {
      return "https://api.twitter.com/1.1";
    }

    override _oauthConsumerToken(): OAuthConsumer {
      this.requireSetting("twitterConsumerKey", "Twitter OAuth");
      this.requireSetting("twitterConsumerSecret", "Twitter OAuth");
      const { twitterConsumerKey: key = "", twitterConsumerSecret: secret = "" } = this.settings;
      return { key, secret };
    }

    override async _oauthGetUserFuture(accessToken: OAuthToken): Promise<OAuthUser | null> {
      const user = await this.twitterRequest("/account/verify_credentials", accessToken);
      return isPlainObject(user) ? { ...user, username: user.screen_name } : null;
    }

    async authenticateRedirect(callbackUri?: string): Promise<void> {
      const url = this._oauthRequestTokenUrl(callbackUri);
      const httpClient = this.getAuthHttpClient();
      // Twitter knows the callback from the token.
      await redirectWithToken(this, {
        url,
        authorizeUrl: this._OAUTH_AUTHENTICATE_URL,
        callbackUri: undefined,
        httpClient,
      });
    }

    async twitterRequest(path: string, accessToken: OAuthToken, options: TwitterRequestOptions = {}): Promise<unknown> {
      const { postArgs, args = {} } = options;
      const url = /^https?:/.test(path) ? path : `${this._TWITTER_BASE_URL}${path}.json`;
      const method = postArgs === undefined ? "GET" : "POST";
      const signed = this._oauthRequestParameters(url, accessToken, { ...args, ...postArgs }, method);
      const response = await this.getAuthHttpClient().fetch(urlConcat(url, { ...args, ...signed }), {
        method,
        ...(postArgs === undefined ? {} : { body: new URLSearchParams(postArgs).toString() }),
      });
      return response.json();
    }
  };
}
