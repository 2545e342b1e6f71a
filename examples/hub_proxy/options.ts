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

/** The options of configurable-http-proxy that are there, and those of our own. */
const KNOWN = {
  "ip": "text",
  "port": "text",
  "ssl-key": "text",
  "ssl-cert": "text",
  "api-ip": "text",
  "api-port": "text",
  "api-ssl-key": "text",
  "api-ssl-cert": "text",
  "client-ssl-key": "text",
  "client-ssl-cert": "text",
  "client-ssl-ca": "text",
  "default-target": "text",
  "error-target": "text",
  "error-path": "text",
  "pid-file": "text",
  "no-x-forward": "flag",
  "no-prepend-path": "flag",
  "no-include-prefix": "flag",
  "change-origin": "flag",
  "auto-rewrite": "flag",
  "protocol-rewrite": "text",
  "redirect-port": "text",
  "redirect-to": "text",
  "custom-header": "text",
  "insecure": "flag",
  "host-routing": "flag",
  "metrics-ip": "text",
  "metrics-port": "text",
  "log-level": "text",
  "state-file": "text",
  "trusted-downstream": "text",
} as const;

type Name = keyof typeof KNOWN;

/** The names of all options. */
export const OPTION_NAMES: readonly string[] = Object.keys(KNOWN);

/** What a command line says: the values of each option, of which a flag has one that is empty. */
class CommandLine {
  readonly #values = new Map<string, string[]>();

  /** @throws {TypeError} If an option is not known, or has a value too few or too many. */
  constructor(args: readonly string[]) {
    for (let at = 0; at < args.length; at++) {
      const [, name = "", given] = /^--([a-z-]+)(?:=([^]*))?$/.exec(args[at]) ?? [];
      if (!isKnown(name)) throw new TypeError(`Unknown option ${args[at]}`);
      const isFlag = KNOWN[name] === "flag";
      if (isFlag && given !== undefined) throw new TypeError(`--${name} takes no value, unlike ${args[at]}`);
      const value = isFlag ? "" : given ?? args[++at];
      // The name of the next option, where a value was forgotten.
      if (value === undefined || (given === undefined && value.startsWith("--"))) {
        throw new TypeError(`--${name} needs a value; one that begins with -- is written --${name}=VALUE`);
      }
      this.#values.set(name, [...this.all(name), value]);
    }
  }

  has(name: Name): boolean {
    return this.#values.has(name);
  }

  /** Returns the last value of an option; `undefined` if it is not there. */
  get(name: Name): string | undefined {
    return this.all(name).at(-1);
  }

  /** Returns all values of an option. */
  all(name: Name): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

function isKnown(name: string): name is Name {
  return Object.hasOwn(KNOWN, name);
}

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
  const values = new CommandLine(args);
  const port = portOf("port", values.get("port"), 8000);
  const metricsPort = portOf("metrics-port", values.get("metrics-port"), -1);
  const publicSsl = sslOf(values.get("ssl-key"), values.get("ssl-cert"));
  const apiSsl = sslOf(values.get("api-ssl-key"), values.get("api-ssl-cert"));
  const redirectPort = portOf("redirect-port", values.get("redirect-port"), -1);
  const ca = values.get("client-ssl-ca");
  return {
    options: {
      authToken: environment("CONFIGPROXY_AUTH_TOKEN") ?? "",
      defaultTarget: values.get("default-target") ?? "",
      errorTarget: values.get("error-target") ?? "",
      errorPath: values.get("error-path") ?? "",
      hostRouting: values.has("host-routing"),
      includePrefix: !values.has("no-include-prefix"),
      prependPath: !values.has("no-prepend-path"),
      noForwarded: values.has("no-x-forward"),
      changeOrigin: values.has("change-origin"),
      autoRewrite: values.has("auto-rewrite"),
      protocolRewrite: protocolOf(values.get("protocol-rewrite") ?? ""),
      customHeaders: values.all("custom-header").map(headerOf),
      trustedDownstream: values.all("trusted-downstream"),
      clientSsl: {
        ...sslOf(values.get("client-ssl-key"), values.get("client-ssl-cert")),
        ...(ca === undefined ? {} : { caCerts: ca }),
      },
      insecure: values.has("insecure"),
      stateFile: values.get("state-file") ?? "",
    },
    places: {
      public: placeOf(values.get("ip") ?? "", port, publicSsl),
      api: placeOf(values.get("api-ip") ?? "127.0.0.1", portOf("api-port", values.get("api-port"), port + 1), apiSsl),
      metrics: metricsPort < 0 ? null : placeOf(values.get("metrics-ip") ?? "", metricsPort),
    },
    redirect: redirectPort < 0 ? null : {
      from: placeOf(values.get("ip") ?? "", redirectPort),
      to: portOf("redirect-to", values.get("redirect-to"), port),
    },
    // The word of the Node program.
    logLevel: values.get("log-level") === "warn" ? "warning" : values.get("log-level") ?? "info",
    pidFile: values.get("pid-file") ?? "",
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
