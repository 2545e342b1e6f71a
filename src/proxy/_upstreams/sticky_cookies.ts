import type { HTTPServerRequest } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { nodeCrypto } from "../../internal/node_crypto.ts";
import { type CookieSecret, createSignedText, decodeSignedText } from "../../web/mod.ts";
import type { StickyBalancing } from "./settings.ts";
import type { Upstream } from "./upstream.ts";

/** A secret and its version; `null` where there is only one. */
interface Key {
  readonly version: number | null;
  readonly secret: string | Bytes;
}

/** The cookies that keep a client with its upstream. They do not tell the address. */
export class StickyCookies {
  readonly #name: string;
  readonly #secret: CookieSecret;
  /** The newest first, which signs. */
  readonly #keys: readonly Key[];
  readonly #ids = new WeakMap<Upstream, readonly string[]>();
  /** The upstreams that cookies of requests name: one that is forged is logged once, however often it is asked for. */
  readonly #read = new WeakMap<HTTPServerRequest, { readonly id: string | null }>();

  /** @throws {TypeError} If the name is not a token, or there is no secret. */
  constructor({ stickyCookie, secret }: StickyBalancing) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(stickyCookie)) {
      throw new TypeError(`The name of a cookie must be a token, not ${JSON.stringify(stickyCookie)}`);
    }
    this.#name = stickyCookie;
    this.#secret = secret;
    this.#keys = keysOf(secret);
    if (this.#keys.length === 0) throw new TypeError(`The cookie ${stickyCookie} needs a secret that signs it`);
  }

  /** Finds the upstream that the client has been with; `null` if it is not among these. */
  find(upstreams: readonly Upstream[], request: HTTPServerRequest): Upstream | null {
    const id = this.#idIn(request);
    return id === null ? null : upstreams.find((each) => this.#idsOf(each).includes(id)) ?? null;
  }

  /** Returns the Set-Cookie that keeps a client with an upstream; `null` if its cookie says so already. */
  header(upstream: Upstream, request: HTTPServerRequest): string | null {
    const [id] = this.#idsOf(upstream);
    if (this.#idIn(request) === id) return null;
    const [{ version }] = this.#keys;
    const value = createSignedText(this.#secret, this.#name, id, version === null ? {} : { keyVersion: version });
    const secure = request.protocol === "https" ? "; Secure" : "";
    return `${this.#name}="${value}"; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }

  #idIn(request: HTTPServerRequest): string | null {
    let read = this.#read.get(request);
    if (read === undefined) {
      const value = request.cookies.get(this.#name)?.value ?? null;
      this.#read.set(request, read = { id: decodeSignedText(this.#secret, this.#name, value) });
    }
    return read.id;
  }

  /** One for each secret, so that nobody finds out by trying whether an address is among the upstreams. */
  #idsOf(upstream: Upstream): readonly string[] {
    let ids = this.#ids.get(upstream);
    if (ids === undefined) {
      ids = this.#keys.map(({ secret }) =>
        nodeCrypto().createHmac("sha256", secret).update(upstream.name).digest("hex").slice(0, 16)
      );
      this.#ids.set(upstream, ids);
    }
    return ids;
  }
}

function keysOf(secret: CookieSecret): Key[] {
  if (typeof secret === "string" || secret instanceof Uint8Array) return [{ version: null, secret }];
  const versions = Object.keys(secret).map(Number).sort((a, b) => b - a);
  return versions.map((version) => ({ version, secret: secret[version] }));
}
