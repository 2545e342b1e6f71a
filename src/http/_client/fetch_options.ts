import type { AsyncHTTPClientOptions } from "../httpclient.ts";
import { checkProxyAuthMode } from "./proxy.ts";
import type { RequestDefaults } from "./request_options.ts";
import type { Settings, SettledRequest } from "./settled_request.ts";

/** Options of a client that Deno's `fetch` has nothing for. */
const OF_CLIENT = ["resolver", "hostnameMapping", "maxBufferSize", "maxHeaderSize"] as const;

/** @throws {TypeError} If an option is set that `fetch` cannot honour. */
export function refuseClientOptions(options: AsyncHTTPClientOptions): void {
  for (const name of OF_CLIENT) if (options[name] !== undefined && options[name] !== null) throw refused(name);
  refuseDefaults(options.defaults ?? {});
}

/** @throws {TypeError} If a default of a client, which may share its engine, is one that `fetch` cannot honour. */
export function refuseDefaults({ connectTimeout }: Readonly<RequestDefaults>): void {
  if (connectTimeout) throw refused("connectTimeout");
}

/** @throws {TypeError} If an option is set that `fetch` cannot honour. */
export function refuseRequestOptions({ settings, original, body, headers, url }: SettledRequest): void {
  const { validateCert, allowAddress, allowIpv6, decompressResponse, stallTimeout, sslOptions } = settings;
  checkProxyAuthMode(settings);
  if (!validateCert) throw refused("validateCert: false");
  if (allowAddress !== null) throw refused("allowAddress");
  if (!allowIpv6) throw refused("allowIpv6: false");
  // It decodes gzip and br whether it is asked to or not.
  if (!decompressResponse) throw refused("decompressResponse: false");
  if (sslOptions?.checkHostname === false) throw refused("sslOptions.checkHostname: false");
  if (sslOptions?.alpnProtocols !== undefined) throw refused("sslOptions.alpnProtocols");
  // Deno does not tell how far a body in one piece has gone.
  if (stallTimeout! > 0 && body?.kind === "bytes" && body.bytes.length > 0) throw refused("stallTimeout with a body");
  // Deno sends them not only to the proxy but also through the tunnel, to the server.
  const { proxyUsername, proxyHost } = settings;
  if (proxyUsername !== null && url.protocol === "https:" && !proxyHost?.startsWith("socks5")) {
    throw refused("proxyUsername with https");
  }
  const { expect100Continue, connectTimeout } = original.options;
  if (expect100Continue) throw refused("expect100Continue");
  if (connectTimeout) throw refused("connectTimeout");
  if (body?.kind === "stream" && headers.has("Content-Length")) throw refused("Content-Length with a body in pieces");
}

function refused(name: keyof Settings | string): TypeError {
  return new TypeError(`FetchAsyncHTTPClient cannot honour ${name}: Deno's fetch has nothing for it`);
}
