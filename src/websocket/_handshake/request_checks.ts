import type { HTTPHeaders } from "../../http/httputil.ts";
import { listHas, peekTrusted, withoutDefaultPort } from "../../http/internal.ts";
import { isKey } from "../../websocket_core/internal.ts";

/** The answer to a request that cannot become a WebSocket. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Tells whether Connection names the header Upgrade, so that it counts (RFC 9110, section 7.8). */
export function mayUpgrade(headers: HTTPHeaders): boolean {
  return listHas(peekTrusted(headers, "Connection"), "upgrade");
}

/** Tells whether the list of Upgrade, in which the client's order is its preference, names the WebSocket protocol. */
export function namesWebSocket(upgrade: string | null): boolean {
  return listHas(upgrade, "websocket");
}

export function checkUpgrade(headers: HTTPHeaders): Refusal | null {
  if (!namesWebSocket(peekTrusted(headers, "Upgrade"))) {
    return { status: 400, message: 'Can "Upgrade" only to "WebSocket".' };
  }
  return mayUpgrade(headers) ? null : { status: 400, message: '"Connection" must be "Upgrade".' };
}

/** Tells whether the client names a version that is spoken here: 7, 8 or 13. */
export function namesKnownVersion(headers: HTTPHeaders): boolean {
  const version = peekTrusted(headers, "Sec-Websocket-Version");
  return version === "13" || version === "8" || version === "7";
}

/** Checks the headers that the handshake itself needs (section 4.2.1). */
export function checkKey(headers: HTTPHeaders, version: string): Refusal | null {
  const key = peekTrusted(headers, "Sec-Websocket-Key");
  if (version === "HTTP/1.1" && key !== null && isKey(key) && peekTrusted(headers, "Host") !== null) return null;
  return { status: 400, message: "Missing/Invalid WebSocket headers" };
}

/** Tells whether an origin has the host and port of the header Host; its scheme says which port need not be named. */
export function isSameHost(origin: string, host: string | null): boolean {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/.exec(origin.toLowerCase());
  if (match === null || host === null) return false;
  const [, scheme, originHost] = match;
  return withoutDefaultPort(originHost, scheme) === withoutDefaultPort(host, scheme);
}

export function splitList(header: string | null): string[] {
  if (header === null) return [];
  return header.split(",").map((item) => item.trim()).filter((item) => item !== "");
}
