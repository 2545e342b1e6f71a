import { HTTPHeaders } from "../../src/http/httputil.ts";
import { isValidIp, type SSLOptions } from "../../src/net/netutil.ts";
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

const NO_CERTIFICATES_OF_CLIENTS = "Deno asks no client for a certificate";
const NO_CHOICE_OF_TLS = "Deno chooses among the protocols and ciphers of TLS 1.2 and 1.3 itself";

/** The options of configurable-http-proxy that are not there, and why. */
const ABSENT: Readonly<Record<string, string>> = {
  "ssl-ca": `${NO_CERTIFICATES_OF_CLIENTS}; intermediate certificates belong in the file of --ssl-cert`,
  "ssl-request-cert": NO_CERTIFICATES_OF_CLIENTS,
  "ssl-reject-unauthorized": NO_CERTIFICATES_OF_CLIENTS,
  "api-ssl-ca": NO_CERTIFICATES_OF_CLIENTS,
  "api-ssl-request-cert": NO_CERTIFICATES_OF_CLIENTS,
  "api-ssl-reject-unauthorized": NO_CERTIFICATES_OF_CLIENTS,
  "ssl-protocol": NO_CHOICE_OF_TLS,
  "ssl-ciphers": NO_CHOICE_OF_TLS,
  "ssl-allow-rc4": NO_CHOICE_OF_TLS,
  "ssl-dhparam": NO_CHOICE_OF_TLS,
  "storage-backend": "the routes are kept by --state-file",
  "timeout": "a request may take any time; --keep-alive-timeout closes connections without one",
};

/** The options of configurable-http-proxy that are there, and those of our own. */
const KNOWN = {
  "ip": "text",
  "port": "text",
  "socket": "text",
  "ssl-key": "text",
  "ssl-cert": "text",
  "api-ip": "text",
  "api-port": "text",
  "api-socket": "text",
  "api-ssl-key": "text",
  "api-ssl-cert": "text",
  "client-ssl-key": "text",
  "client-ssl-cert": "text",
  "client-ssl-ca": "text",
  // Both are so in any case: servers have certificates, and none is taken that is not trusted.
  "client-ssl-request-cert": "flag",
  "client-ssl-reject-unauthorized": "flag",
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
  "metrics-socket": "text",
  "proxy-timeout": "text",
  "keep-alive-timeout": "text",
  "log-level": "text",
  "state-file": "text",
  "trusted-downstream": "text",
} as const;

/** The variables with which the Node program reads keys that are encrypted. */
const PASSPHRASES = ["CONFIGPROXY_SSL_KEY_PASSPHRASE", "CONFIGPROXY_API_SSL_KEY_PASSPHRASE"];

type Name = keyof typeof KNOWN;

/** Options of which the first excludes each of the others. */
const EITHER: readonly (readonly [Name, ...Name[]])[] = [
  ["socket", "ip", "port", "redirect-port"],
  ["api-socket", "api-ip", "api-port"],
  ["metrics-socket", "metrics-ip", "metrics-port"],
  ["error-target", "error-path"],
];

/** All options, as they are written. */
export const OPTION_TEXTS: readonly string[] = Object.entries(KNOWN).map(([name, kind]) =>
  kind === "flag" ? `--${name}` : `--${name}=...`
);

/** What a command line says: the values of each option, of which a flag has one that is empty. */
class CommandLine {
  readonly #values = new Map<string, string[]>();

  /** @throws {TypeError} If an option is not known, or has a value too few or too many. */
  constructor(args: readonly string[]) {
    for (let at = 0; at < args.length; at++) {
      const [, name = "", given] = /^--([a-z0-9-]+)(?:=([^]*))?$/.exec(args[at]) ?? [];
      if (!isKnown(name)) {
        const why = Object.hasOwn(ABSENT, name) ? ABSENT[name] : undefined;
        throw new TypeError(why === undefined ? `Unknown option ${args[at]}` : `There is no --${name} here: ${why}`);
      }
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
  checkTogether(values);
  for (const name of PASSPHRASES) {
    if (environment(name) !== undefined) throw new TypeError(`Deno reads no keys with a passphrase: ${name} is set`);
  }
  const port = portOf("port", values.get("port"), 8000);
  const apiPort = portOf("api-port", values.get("api-port"), values.has("socket") ? 8001 : port + 1);
  const metricsPort = portOf("metrics-port", values.get("metrics-port"), -1);
  const publicSsl = sslOf(values.get("ssl-key"), values.get("ssl-cert"));
  const apiSsl = sslOf(values.get("api-ssl-key"), values.get("api-ssl-cert"));
  const redirectPort = portOf("redirect-port", values.get("redirect-port"), -1);
  const idleTimeout = secondsOf("keep-alive-timeout", values.get("keep-alive-timeout"));
  const ca = values.get("client-ssl-ca");
  return {
    options: {
      authToken: environment("CONFIGPROXY_AUTH_TOKEN") ?? "",
      defaultTarget: values.get("default-target") ?? "",
      errorTarget: errorTargetOf(values.get("error-target") ?? ""),
      errorPath: values.get("error-path") ?? "",
      hostRouting: values.has("host-routing"),
      includePrefix: !values.has("no-include-prefix"),
      prependPath: !values.has("no-prepend-path"),
      noForwarded: values.has("no-x-forward"),
      changeOrigin: values.has("change-origin"),
      autoRewrite: values.has("auto-rewrite"),
      protocolRewrite: protocolOf(values.get("protocol-rewrite") ?? ""),
      customHeaders: values.all("custom-header").map(headerOf),
      trustedDownstream: values.all("trusted-downstream").map(proxyOf),
      clientSsl: {
        ...sslOf(values.get("client-ssl-key"), values.get("client-ssl-cert")),
        ...(ca === undefined ? {} : { caCerts: ca }),
      },
      insecure: values.has("insecure"),
      responseTimeout: secondsOf("proxy-timeout", values.get("proxy-timeout")) ?? Infinity,
      stateFile: values.get("state-file") ?? "",
    },
    places: {
      public: {
        ...placeOf(values.get("ip") ?? "", port, values.get("socket"), publicSsl),
        ...(idleTimeout === undefined ? {} : { idleTimeout }),
      },
      api: placeOf(values.get("api-ip") ?? "127.0.0.1", apiPort, values.get("api-socket"), apiSsl),
      metrics: metricsPort < 0 && !values.has("metrics-socket")
        ? null
        : placeOf(values.get("metrics-ip") ?? "", metricsPort, values.get("metrics-socket")),
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

/** @throws {TypeError} If options contradict each other, as configurable-http-proxy says too. */
function checkTogether(values: CommandLine): void {
  for (const [socket, ...others] of EITHER) {
    for (const other of others) {
      if (values.has(socket) && values.has(other)) throw new TypeError(`--${socket} and --${other} exclude each other`);
    }
  }
  if (values.has("redirect-port") && !values.has("ssl-key")) {
    throw new TypeError("--redirect-port leads to TLS, and needs --ssl-key and --ssl-cert");
  }
}

function placeOf(ip: string, port: number, socket?: string, sslOptions?: SSLOptions): Place {
  return {
    ip,
    port,
    ...(socket === undefined ? {} : { socket }),
    ...(sslOptions === undefined ? {} : { sslOptions }),
  };
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

/** The Node program has milliseconds. */
function secondsOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new TypeError(`--${name} must be a number of milliseconds, not ${text}`);
  // As there, 0 stands for any time.
  return Number(text) === 0 ? Infinity : Number(text) / 1000;
}

function errorTargetOf(text: string): string {
  // The code of the error and the URL of the request are added to it.
  const isServer = /^(?:https?|http\+unix|unix\+http):\/\/[^/][^?#]*$/.test(text) && URL.canParse(text);
  if (text === "" || isServer) return text;
  throw new TypeError(`--error-target must be the URL of a server, not ${text}`);
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
  const header = [text.slice(0, colon).trim(), text.slice(colon + 1).trim()] as const;
  // One that cannot be sent would fail each request.
  new HTTPHeaders([[...header]]);
  return header;
}

function proxyOf(text: string): string {
  if (text === "unix" || isValidIp(text)) return text;
  throw new TypeError(`--trusted-downstream must be an IP address or "unix", not ${text}`);
}
