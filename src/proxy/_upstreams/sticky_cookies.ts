import type { HTTPServerRequest } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { nodeCrypto } from "../../internal/node_crypto.ts";
import { type CookieSecret, createSignedText, decodeSignedText } from "../../web/mod.ts";
import type { StickyBalancing } from "./settings.ts";
import type { Upstream } from "./upstream.ts";

/** The cookies that keep a client with its upstream. They do not tell the address. */
export class StickyCookies {
  readonly #name: string;
  readonly #secret: CookieSecret;
  readonly #ids = new WeakMap<Upstream, string>();

  constructor({ stickyCookie, secret }: StickyBalancing) {
    this.#name = stickyCookie;
    this.#secret = secret;
  }

  /** Finds the upstream that the client has been with; `null` if it is not among these. */
  find(upstreams: readonly Upstream[], request: HTTPServerRequest): Upstream | null {
    const id = this.#read(request);
    return id === null ? null : upstreams.find((each) => this.#idOf(each) === id) ?? null;
  }

  /** Returns the Set-Cookie that keeps a client with an upstream; `null` if its cookie says so already. */
  header(upstream: Upstream, request: HTTPServerRequest): string | null {
    const id = this.#idOf(upstream);
    if (this.#read(request) === id) return null;
    const value = createSignedText(this.#secret, this.#name, id);
    const secure = request.protocol === "https" ? "; Secure" : "";
    return `${this.#name}="${value}"; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }

  #read(request: HTTPServerRequest): string | null {
    const value = request.cookies.get(this.#name)?.value ?? null;
    return decodeSignedText(this.#secret, this.#name, value);
  }

  /** Keyed, so that nobody finds out by trying whether an address is among the upstreams. */
  #idOf(upstream: Upstream): string {
    let id = this.#ids.get(upstream);
    if (id === undefined) {
      id = nodeCrypto().createHmac("sha256", newest(this.#secret)).update(upstream.name).digest("hex").slice(0, 16);
      this.#ids.set(upstream, id);
    }
    return id;
  }
}

function newest(secret: CookieSecret): string | Bytes {
  if (typeof secret === "string" || secret instanceof Uint8Array) return secret;
  return secret[Math.max(...Object.keys(secret).map(Number))];
}
