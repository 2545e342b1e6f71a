/**
 * A provider of OpenID Connect for tests. It does the protocol right, and everything it says can be falsified.
 *
 * @module
 */
import type { Server } from "../../src/http/httpserver.ts";
import { currentClock } from "../../src/internal/clock.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

/** A client that the provider knows. */
export const CONSUMER = { key: "app 1&", secret: "s3cret:%/ &" };

/** JSON objects. */
export type Json = Record<string, unknown>;

/** What a test changes in the provider's answers. */
export interface Faults {
  /** Changes the metadata. */
  metadata?: (metadata: Json) => unknown;
  /** Changes the header of the ID token. */
  header?: (header: Json) => Json;
  /** Changes the claims of the ID token. */
  claims?: (claims: Json) => Json;
  /** Changes the text of the claims of the ID token. */
  payload?: (text: string) => string;
  /** Changes the finished ID token. */
  idToken?: (token: string) => string;
  /** Changes the token response. */
  tokens?: (tokens: Json) => Json;
  /** Changes the claims of userinfo. */
  userinfo?: (claims: Json) => Json;
  /** Changes the keys. */
  keys?: (keys: Json[]) => unknown;
  /** Answers in place of the provider; a result other than `null` is written as the response. */
  answer?: (handler: RequestHandler, path: string) => string | null | Promise<string | null>;
}

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 };

/** The keys of the tests, made once: RSA keys take their time. */
const pool: Promise<CryptoKeyPair>[] = [];

/** Returns the key of a number. */
async function keyPair(index: number): Promise<CryptoKeyPair> {
  const parameters = { ...ALGORITHM, publicExponent: new Uint8Array([1, 0, 1]) };
  return await (pool[index] ??= crypto.subtle.generateKey(parameters, true, ["sign", "verify"]));
}

/** Encodes as base64url. */
export function base64Url(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Signs claims with the key of a number. */
export async function signedToken(signer: number, header: Json, claims: string): Promise<string> {
  const signed = `${base64Url(JSON.stringify(header))}.${base64Url(claims)}`;
  const { privateKey } = await keyPair(signer);
  const signature = await crypto.subtle.sign(ALGORITHM.name, privateKey, new TextEncoder().encode(signed));
  return `${signed}.${base64Url(new Uint8Array(signature))}`;
}

/** Computes the left half of the SHA-256 of a text. */
export async function halfHash(text: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).slice(0, 16));
}

/** A provider on a free port. */
export class IdentityProvider implements AsyncDisposable {
  /** What is falsified. */
  faults: Faults = {};
  /** How the client has to send its secret. */
  proof: "basic" | "post" = "basic";
  /** The number of the key that signs. */
  signer = 0;
  /** The numbers of the keys that are published. */
  published: number[] = [0];
  /** The paths of all requests, in order. */
  readonly requests: string[] = [];
  /** Everything secret that was given out or received. */
  readonly secrets: Set<string> = new Set([CONSUMER.secret]);
  readonly #grants: Map<string, Grant> = new Map();
  readonly #server: Server;

  private constructor() {
    // deno-lint-ignore no-this-alias -- the handlers are those of this provider
    const provider = this;
    class Endpoint extends RequestHandler {
      override async prepare(): Promise<void> {
        provider.requests.push(this.request.path);
        const answer = await provider.faults.answer?.(this, this.request.path) ?? null;
        if (answer !== null) this.finish(answer);
      }
    }
    class Metadata extends Endpoint {
      override get(): void {
        this.#write(provider.faults.metadata?.(provider.metadata) ?? provider.metadata);
      }
      #write(value: unknown): void {
        this.setHeader("Content-Type", "application/json");
        this.write(typeof value === "string" ? value : JSON.stringify(value));
      }
    }
    class Keys extends Endpoint {
      override async get(): Promise<void> {
        const keys = await Promise.all(provider.published.map(publicKey));
        this.setHeader("Content-Type", "application/json");
        this.write(JSON.stringify({ keys: provider.faults.keys?.(keys) ?? keys }));
      }
    }
    class Token extends Endpoint {
      override async post(): Promise<void> {
        const answer = await provider.#token(this);
        this.setHeader("Content-Type", "application/json");
        this.write(JSON.stringify(answer));
      }
    }
    class Userinfo extends Endpoint {
      override get(): void {
        const bearer = /^Bearer (.+)$/.exec(this.request.headers.get("Authorization") ?? "")?.[1] ?? "";
        if (!provider.secrets.has(bearer)) return this.sendError(401);
        const claims = { sub: "user-1", email: "ada@example.com", email_verified: true };
        this.write(provider.faults.userinfo?.(claims) ?? claims);
      }
    }
    this.#server = new Application([
      ["/.well-known/openid-configuration", Metadata],
      ["/keys", Keys],
      ["/token", Token],
      ["/userinfo", Userinfo],
    ], { logFunction() {} }).listen(0, { address: "127.0.0.1" });
  }

  /** Starts a provider. */
  static async start(): Promise<IdentityProvider> {
    await keyPair(0);
    return new IdentityProvider();
  }

  /** The issuer. */
  get issuer(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** The metadata as they should be. */
  get metadata(): Json {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize?fixed=1`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      userinfo_endpoint: `${issuer}/userinfo`,
      end_session_endpoint: `${issuer}/logout`,
      id_token_signing_alg_values_supported: ["RS256"],
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** Counts the requests for a path. */
  count(path: string): number {
    return this.requests.filter((one) => one === path).length;
  }

  /** Lets the user agree to a login: takes the URL that the browser was sent to, and returns the answer's query. */
  agree(location: string): URLSearchParams {
    const { searchParams } = new URL(location);
    const code = crypto.randomUUID();
    this.secrets.add(code);
    this.#grants.set(code, {
      nonce: searchParams.get("nonce") ?? "",
      challenge: searchParams.get("code_challenge") ?? "",
      redirectUri: searchParams.get("redirect_uri") ?? "",
    });
    return new URLSearchParams({ code, state: searchParams.get("state") ?? "", iss: this.issuer });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #token(handler: RequestHandler): Promise<Json> {
    if (!this.#knowsClient(handler)) {
      handler.setStatus(401);
      if (this.proof === "basic") handler.setHeader("WWW-Authenticate", "Basic");
      return { error: "invalid_client" };
    }
    const refreshes = handler.getBodyArgument("grant_type") === "refresh_token";
    const code = handler.getBodyArgument("code", "");
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    if (!refreshes && (grant === undefined || !await fits(handler, grant))) {
      handler.setStatus(400);
      return { error: "invalid_grant" };
    }
    const accessToken = this.#secret();
    const tokens = {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: 3600,
      refresh_token: this.#secret(),
      id_token: await this.#idToken(accessToken, grant?.nonce ?? ""),
    };
    this.secrets.add(tokens.id_token);
    return this.faults.tokens?.(tokens) ?? tokens;
  }

  #knowsClient(handler: RequestHandler): boolean {
    const header = handler.request.headers.get("Authorization") ?? "";
    const { key, secret } = CONSUMER;
    if (this.proof === "post") {
      const sent = [handler.getBodyArgument("client_id", ""), handler.getBodyArgument("client_secret", "")];
      return sent[0] === key && sent[1] === secret;
    }
    const [name = "", password = ""] = atob(header.replace(/^Basic /, "")).split(":").map((part) =>
      decodeURIComponent(part.replaceAll("+", " "))
    );
    return name === key && password === secret;
  }

  #secret(): string {
    const secret = `secret-${crypto.randomUUID()}`;
    this.secrets.add(secret);
    return secret;
  }

  async #idToken(accessToken: string, nonce: string): Promise<string> {
    const now = Math.floor(currentClock().now());
    const { issuer: iss, signer, faults } = this;
    const right: Json = {
      iss,
      sub: "user-1",
      aud: CONSUMER.key,
      exp: now + 300,
      iat: now,
      at_hash: await halfHash(accessToken),
      ...(nonce === "" ? {} : { nonce }),
    };
    const header = faults.header?.({ alg: "RS256", kid: `key-${signer}` }) ?? { alg: "RS256", kid: `key-${signer}` };
    const claims = JSON.stringify(faults.claims?.(right) ?? right);
    const token = await signedToken(signer, header, faults.payload?.(claims) ?? claims);
    return faults.idToken?.(token) ?? token;
  }
}

async function fits(handler: RequestHandler, grant: Grant): Promise<boolean> {
  const verifier = handler.getBodyArgument("code_verifier", "");
  const challenge = base64Url(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))),
  );
  return challenge === grant.challenge && handler.getBodyArgument("redirect_uri", "") === grant.redirectUri;
}

/** Returns the public half of the key of a number. */
export async function publicKey(index: number): Promise<Json> {
  const { publicKey } = await keyPair(index);
  const { n, e } = await crypto.subtle.exportKey("jwk", publicKey);
  return { kty: "RSA", n, e, kid: `key-${index}`, alg: "RS256", use: "sig" };
}
