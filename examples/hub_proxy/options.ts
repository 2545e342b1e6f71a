import { parseArgs } from "node:util";
import type { SSLOptions } from "../../src/net/netutil.ts";
import type { HubProxyOptions, Place } from "./hub_proxy.ts";

/** What the command line asks for. */
export interface ProgramOptions {
  readonly options: HubProxyOptions;
  readonly places: { readonly public: Place; readonly api: Place; readonly metrics: Place | null };
  /** Where users without TLS are sent to the port with TLS, or `null`. */
  readonly redirect: { readonly from: Place; readonly to: number } | null;
  /** A level of the log: debug, info, warning, error. */
  readonly logLevel: string;
  readonly pidFile: string;
}

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;
const LIST = { type: "string", multiple: true } as const;

/** The options of configurable-http-proxy that are there, and those of our own. */
const KNOWN = {
  "ip": TEXT,
  "port": TEXT,
  "ssl-key": TEXT,
  "ssl-cert": TEXT,
  "api-ip": TEXT,
  "api-port": TEXT,
  "api-ssl-key": TEXT,
  "api-ssl-cert": TEXT,
  "client-ssl-key": TEXT,
  "client-ssl-cert": TEXT,
  "client-ssl-ca": TEXT,
  "default-target": TEXT,
  "error-target": TEXT,
  "error-path": TEXT,
  "pid-file": TEXT,
  "no-x-forward": FLAG,
  "no-prepend-path": FLAG,
  "no-include-prefix": FLAG,
  "change-origin": FLAG,
  "auto-rewrite": FLAG,
  "protocol-rewrite": TEXT,
  "redirect-port": TEXT,
  "redirect-to": TEXT,
  "custom-header": LIST,
  "insecure": FLAG,
  "host-routing": FLAG,
  "metrics-ip": TEXT,
  "metrics-port": TEXT,
  "log-level": TEXT,
  "state-file": TEXT,
  "trusted-downstream": LIST,
} as const;

/**
 * Reads a command line of configurable-http-proxy.
 *
 * @param environment Reads a variable: CONFIGPROXY_AUTH_TOKEN is the token of the REST interface.
 * @throws {TypeError} If an option is not known, or has no value that makes sense.
 */
export function readOptions(
  args: readonly string[],
  environment: (name: string) => string | undefined,
): ProgramOptions {
  const { values } = parseArgs({ args: [...args], options: KNOWN, strict: true });
  const port = portOf("port", values.port, 8000);
  const metricsPort = portOf("metrics-port", values["metrics-port"], -1);
  const publicSsl = sslOf(values["ssl-key"], values["ssl-cert"]);
  const apiSsl = sslOf(values["api-ssl-key"], values["api-ssl-cert"]);
  const redirectPort = portOf("redirect-port", values["redirect-port"], -1);
  const ca = values["client-ssl-ca"];
  return {
    options: {
      authToken: environment("CONFIGPROXY_AUTH_TOKEN") ?? "",
      defaultTarget: values["default-target"] ?? "",
      errorTarget: values["error-target"] ?? "",
      errorPath: values["error-path"] ?? "",
      hostRouting: values["host-routing"] ?? false,
      includePrefix: !(values["no-include-prefix"] ?? false),
      prependPath: !(values["no-prepend-path"] ?? false),
      noForwarded: values["no-x-forward"] ?? false,
      changeOrigin: values["change-origin"] ?? false,
      autoRewrite: values["auto-rewrite"] ?? false,
      protocolRewrite: protocolOf(values["protocol-rewrite"] ?? ""),
      customHeaders: (values["custom-header"] ?? []).map(headerOf),
      trustedDownstream: values["trusted-downstream"] ?? [],
      clientSsl: {
        ...sslOf(values["client-ssl-key"], values["client-ssl-cert"]),
        ...(ca === undefined ? {} : { caCerts: ca }),
      },
      insecure: values.insecure ?? false,
      stateFile: values["state-file"] ?? "",
    },
    places: {
      public: placeOf(values.ip ?? "", port, publicSsl),
      api: placeOf(values["api-ip"] ?? "127.0.0.1", portOf("api-port", values["api-port"], port + 1), apiSsl),
      metrics: metricsPort < 0 ? null : placeOf(values["metrics-ip"] ?? "", metricsPort),
    },
    redirect: redirectPort < 0 ? null : {
      from: placeOf(values.ip ?? "", redirectPort),
      to: portOf("redirect-to", values["redirect-to"], port),
    },
    // The word of the Node program.
    logLevel: values["log-level"] === "warn" ? "warning" : values["log-level"] ?? "info",
    pidFile: values["pid-file"] ?? "",
  };
}

function placeOf(ip: string, port: number, sslOptions?: SSLOptions): Place {
  return { ip, port, ...(sslOptions === undefined ? {} : { sslOptions }) };
}

function sslOf(key: string | undefined, certificate: string | undefined): SSLOptions | undefined {
  if (key === undefined && certificate === undefined) return undefined;
  if (key === undefined || certificate === undefined) throw new TypeError("TLS needs both a key and a certificate");
  return { keyfile: key, certfile: certificate };
}

function portOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new TypeError(`--${name} must be a port, not ${text}`);
  return Number(text);
}

function protocolOf(text: string): string {
  if (!["", "http", "https"].includes(text)) {
    throw new TypeError(`--protocol-rewrite must be http or https, not ${text}`);
  }
  return text;
}

function headerOf(text: string): readonly [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new TypeError(`--custom-header must be name:value, not ${text}`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}
