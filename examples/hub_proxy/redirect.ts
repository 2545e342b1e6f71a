import { HTTPError, RequestHandler } from "../../src/web/mod.ts";

/** The responses whose `Location` leads a browser somewhere else. */
const REDIRECTS: ReadonlySet<number> = new Set([201, 301, 302, 303, 307, 308]);

/** What becomes of a `Location`. */
export interface Rewriting {
  /** The host that a client has asked for, with its port; "" to leave the one of the target. */
  readonly host: string;
  /** The scheme, or "" to leave it. */
  readonly protocol: string;
}

/** Rewrites the `Location` of a response if it names the target; any other is right as it is, or of another server. */
export function rewriteLocation(code: number, location: string, target: string, { host, protocol }: Rewriting): string {
  if (!REDIRECTS.has(code) || !URL.canParse(location) || !URL.canParse(target)) return location;
  const url = new URL(location);
  if (url.host !== new URL(target).host) return location;
  if (protocol !== "") url.protocol = protocol;
  // A host without a port does not take the port away.
  const place = host === "" ? url.host : host;
  return `${url.protocol}//${place}${url.pathname}${url.search}${url.hash}`;
}

/** Arguments of {@linkcode SecureHandler}. */
interface SecureHandlerKwargs {
  /** The port with TLS. */
  readonly to: number;
}

/** Sends all requests to the port with TLS. */
export class SecureHandler extends RequestHandler {
  declare readonly kwargs: SecureHandlerKwargs;

  override initialize(_kwargs: SecureHandlerKwargs): void {}

  override prepare(): void {
    const { host, uri } = this.request;
    const name = host.replace(/:\d*$/, "");
    if (name === "") throw new HTTPError(400);
    const { to } = this.kwargs;
    // A target that is a whole URL names another host than Host may.
    const path = uri.startsWith("/") ? uri : "/";
    this.redirect(`https://${name}${to === 443 ? "" : `:${to}`}${path}`, { permanent: true });
  }
}
