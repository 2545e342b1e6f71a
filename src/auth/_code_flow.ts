/**
 * The authorization code flow (RFC 6749 section 4.1) with state, PKCE and nonce, for all mixins of OAuth 2.
 *
 * @module
 */
import { currentClock } from "../internal/clock.ts";
import { hideQuery } from "../internal/hidden_queries.ts";
import { nodeCrypto } from "../internal/node_crypto.ts";
import { handled } from "../internal/promises.ts";
import { appLog } from "../util/log.ts";
import { stateOf } from "../web/internal.ts";
import type { OAuthConsumer, RequestHandler } from "../web/mod.ts";
import { AuthError } from "./auth_error.ts";
import { type Attempt, beginAttempt, dropAttempt, takeAttempt } from "./_attempt.ts";
import { nextPath } from "./_next_path.ts";
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type AuthorizationServer,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clockSkew,
  customFetch,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  None,
  nopkce,
  refreshTokenGrantRequest,
  skipStateCheck,
  validateAuthResponse,
} from "./_oauth4webapi.ts";
import type { ProviderFetch } from "./_provider_fetch.ts";
import { isInvalidClient, providerRefusal } from "./_refusal.ts";

/** Options of `authorizeRedirect`. */
export interface AuthorizeRedirectOptions {
  /**
   * The absolute URL to which the provider sends its answer, or a path below the setting `redirectBaseUri`.
   *
   * @default {none: the provider knows it}
   */
  redirectUri?: string;
  /**
   * The client's id.
   *
   * @default {that of the setting that `_OAUTH_SETTINGS_KEY` names}
   */
  clientId?: string;
  /**
   * The kinds of access that the application asks for.
   *
   * @default {none}
   */
  scope?: string | readonly string[];
  /**
   * The kind of answer; only `code` is supported.
   *
   * @default {"code"}
   */
  responseType?: string;
  /**
   * More parameters of the URL, such as `prompt` or `login_hint`.
   *
   * @default {{}}
   */
  extraParams?: Readonly<Record<string, string | number>>;
  /**
   * The path of this site to go to after the login, which `getAuthenticatedUser` returns. A URL of another site becomes
   * `/`.
   *
   * @default {"/"}
   */
  next?: string;
}

/** The way in which a client proves who it is. */
export type ClientProof = "basic" | "post";

/** The facts on which both halves of a login have to agree. */
export interface LoginRequest {
  /** The provider's authorization endpoint. */
  readonly endpoint: string;
  /** The provider and the client, see {@linkcode Attempt.audience}. */
  readonly audience: string;
  readonly clientId: string;
  readonly scope: readonly string[];
  /** An ID token is expected. */
  readonly withNonce: boolean;
}

/** A client at a provider, and how to ask it. */
export interface TokenClient {
  readonly server: AuthorizationServer;
  readonly consumer: OAuthConsumer;
  readonly fetch: ProviderFetch;
  /** Requests without TLS are allowed. */
  readonly insecure: boolean;
  /** The ways to prove who the client is, the likeliest first. */
  readonly proofs: readonly ClientProof[];
  /** Told which way the provider has taken. */
  readonly proofTaken?: (proof: ClientProof) => void;
}

/** Parameters that tie an answer to its login. Those of an application would switch their checks off. */
const OURS = [
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "response_type",
  "client_id",
  "redirect_uri",
];

/** Separates the scopes in a parameter. */
const BLANKS = /\s+/;

/** Returns scopes as a list. */
export function scopeList(scope: string | readonly string[] | undefined): string[] {
  return (typeof scope === "string" ? scope.split(BLANKS) : [...scope ?? []]).filter((name) => name !== "");
}

/**
 * Refuses a request to a login page that is an error answer of the provider: a redirect would lead to the next one.
 *
 * @throws {AuthError} If the request has an argument `error`.
 */
export function refuseErrorAnswer(handler: RequestHandler): void {
  const answer = answerOf(handler);
  const error = answer.get("error");
  if (error === null) return;
  hideQuery(handler.request);
  dropAttempt(handler, answer.get("state"));
  throw providerRefusal(error);
}

/**
 * Begins a login: sets the cookie of the attempt and redirects to the provider.
 *
 * @throws {TypeError} If the redirect URI is not absolute, or a parameter is one that the mixin sets.
 * @throws {RangeError} If the response type is not `code`.
 */
export function beginLogin(handler: RequestHandler, login: LoginRequest, options: AuthorizeRedirectOptions): void {
  const { responseType = "code", extraParams = {}, next = "/" } = options;
  if (responseType !== "code") throw new RangeError(`Cannot log in with the response type ${responseType}: use "code"`);
  for (const name of OURS) {
    if (name in extraParams) throw new TypeError(`Cannot log in with a ${name} in extraParams: the mixin sets it`);
  }
  const redirectUri = absoluteRedirectUri(handler, options.redirectUri);
  const crossSite = extraParams.response_mode === "form_post";
  const secure = (redirectUri ?? `${handler.request.protocol}:`).startsWith("https:");
  if (crossSite && !secure) throw new TypeError("Cannot log in with form_post and a redirect URI without TLS");
  const attempt: Attempt = {
    state: generateRandomState(),
    audience: login.audience,
    verifier: generateRandomCodeVerifier(),
    nonce: login.withNonce ? generateRandomNonce() : "",
    maxAge: String(extraParams.max_age ?? ""),
    next: nextPath(next, `${handler.request.protocol}://${handler.request.host}`),
  };
  const url = new URL(login.endpoint);
  const set = (name: string, value: string | number | null) => {
    if (value !== null && value !== "") url.searchParams.set(name, String(value));
  };
  set("scope", login.scope.join(" "));
  for (const [name, value] of Object.entries(extraParams)) if (name !== "scope") set(name, value);
  set("response_type", "code");
  set("client_id", login.clientId);
  set("redirect_uri", redirectUri);
  set("state", attempt.state);
  set("nonce", attempt.nonce);
  set("code_challenge", nodeCrypto().createHash("sha256").update(attempt.verifier).digest("base64url"));
  set("code_challenge_method", "S256");
  beginAttempt(handler, attempt, { secure, crossSite });
  handler.setHeader("Cache-Control", "no-store");
  handler.redirect(url.href);
}

/**
 * Responds when what it needs is there. A handler that does not wait has a response that is over by then, which the log
 * tells; an error that no caller waits for must not end the program.
 *
 * @param respond Resolves with the function that responds.
 */
export function unlessOver(handler: RequestHandler, method: string, respond: Promise<() => void>): Promise<void> {
  const isOver = () => {
    if (!stateOf(handler).finished) return false;
    appLog.error("%s() was called for a response that is over: it was not awaited", method);
    return true;
  };
  return handled(respond.then((go) => {
    if (!isOver()) go();
  }, (error) => {
    if (!isOver()) throw error;
  }));
}

/** An answer of the provider that belongs to a login of this browser. */
export interface CodeAnswer {
  /** The parameters of the answer. */
  readonly parameters: URLSearchParams;
  /** The login; `null` if it may have begun elsewhere. */
  readonly attempt: Attempt | null;
}

/**
 * Takes the answer of the provider, and ends its attempt.
 *
 * @param code The code, if it is not a parameter of the request.
 * @param acceptForeign Takes an answer to a login that this browser did not begin.
 * @throws {AuthError} If it is an error, or no answer to a login of this browser.
 */
export function takeAnswer(
  handler: RequestHandler,
  audience: string,
  code: string | null,
  acceptForeign: boolean,
): CodeAnswer {
  hideQuery(handler.request);
  handler.setHeader("Cache-Control", "no-store");
  handler.setHeader("Referrer-Policy", "no-referrer");
  const parameters = answerOf(handler);
  if (code !== null && code !== "" && !parameters.has("code")) parameters.set("code", code);
  const states = parameters.getAll("state");
  const state = states.length === 1 ? states[0] ?? null : null;
  const foreign = acceptForeign && state === null;
  return { parameters, attempt: foreign ? null : takeAttempt(handler, state, audience) };
}

/** The parameters of an answer: the body of a POST (`form_post`), else the query. */
function answerOf({ request }: RequestHandler): URLSearchParams {
  if (request.method !== "POST") return new URLSearchParams(request.query);
  return new URLSearchParams(new TextDecoder().decode(request.body));
}

/** Returns the redirect URI that a provider is told, `null` for none. */
export function absoluteRedirectUri(handler: RequestHandler, redirectUri: string | undefined): string | null {
  if (redirectUri === undefined) return null;
  if (URL.canParse(redirectUri)) return redirectUri;
  const { redirectBaseUri } = handler.settings;
  const url = redirectBaseUri === undefined ? null : URL.parse(redirectUri, redirectBaseUri);
  if (url !== null) return url.href;
  throw new TypeError(
    `The redirect URI must be absolute unless there is a setting redirectBaseUri, not "${redirectUri}"`,
  );
}

/** Describes a client to the protocol code, with our clock. */
export function clientMetadata(clientId: string): Client {
  return { client_id: clientId, [clockSkew]: Math.round(currentClock().now() - Date.now() / 1000) };
}

/**
 * Exchanges the code of an answer for tokens.
 *
 * @param process Reads the response, and throws what it has of an error.
 * @throws What the protocol code throws.
 */
export function exchangeCode<Result>(
  client: TokenClient,
  { parameters, attempt }: CodeAnswer,
  redirectUri: string,
  process: (response: Response, metadata: Client) => Promise<Result>,
): Promise<Result> {
  const { server, fetch, insecure, consumer } = client;
  const metadata = clientMetadata(consumer.key);
  const checked = validateAuthResponse(server, metadata, parameters, attempt?.state ?? skipStateCheck);
  return withProof(client, async (proof) => {
    const options = { [customFetch]: fetch, [allowInsecureRequests]: insecure };
    const verifier = attempt?.verifier ?? nopkce;
    const response = await authorizationCodeGrantRequest(
      server,
      metadata,
      proof,
      checked,
      redirectUri,
      verifier,
      options,
    );
    return await process(response, metadata);
  });
}

/**
 * Exchanges a refresh token for new tokens.
 *
 * @param process As for {@linkcode exchangeCode}.
 * @throws What the protocol code throws.
 */
export function exchangeRefreshToken<Result>(
  client: TokenClient,
  refreshToken: string,
  process: (response: Response, metadata: Client) => Promise<Result>,
): Promise<Result> {
  const { server, fetch, insecure, consumer } = client;
  const metadata = clientMetadata(consumer.key);
  return withProof(client, async (proof) => {
    const options = { [customFetch]: fetch, [allowInsecureRequests]: insecure };
    return await process(await refreshTokenGrantRequest(server, metadata, proof, refreshToken, options), metadata);
  });
}

/**
 * Asks with one proof of the client after another, as long as the provider says that it does not know the client:
 * which one a client is registered for is nowhere published. The code is still valid then.
 */
async function withProof<Result>(client: TokenClient, ask: (proof: ClientAuth) => Promise<Result>): Promise<Result> {
  const { consumer: { secret }, proofs, proofTaken } = client;
  if (secret === "") return await ask(None());
  for (const [index, proof] of proofs.entries()) {
    try {
      const result = await ask(proof === "basic" ? ClientSecretBasic(secret) : ClientSecretPost(secret));
      proofTaken?.(proof);
      return result;
    } catch (error) {
      if (!isInvalidClient(error) || index === proofs.length - 1) throw error;
    }
  }
  throw new AuthError("the provider takes no secret of a client");
}
