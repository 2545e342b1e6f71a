/**
 * TLS options of a program (Tornado's `ssl_options`). Each text is PEM, or the path or `file:` URL of a PEM file; a
 * text with `-----BEGIN` in it is PEM.
 */
export interface SSLOptions {
  /**
   * The certificate chain, own certificate first; the same as {@linkcode SSLOptions.certfile}.
   *
   * @default {none}
   */
  readonly cert?: string | URL;
  /**
   * The private key; the same as {@linkcode SSLOptions.keyfile}.
   *
   * @default {none}
   */
  readonly key?: string | URL;
  /**
   * The certificate chain, own certificate first. A server needs one.
   *
   * @default {none}
   */
  readonly certfile?: string | URL;
  /**
   * The private key, not encrypted.
   *
   * @default {looked for in the certificate file}
   */
  readonly keyfile?: string | URL;
  /**
   * Root certificates that a client trusts in addition to those of the system.
   *
   * @default {none}
   */
  readonly caCerts?: string | URL | readonly (string | URL)[];
  /**
   * Tells whether the peer has to present a certificate. Deno clients always demand one (`"required"`), and Deno
   * servers never do (`"none"`); no other value is accepted.
   *
   * @default {the one that is possible}
   */
  readonly certReqs?: "none" | "optional" | "required";
  /**
   * Tells whether a client checks that the certificate of the server is one for the name that it connects to.
   *
   * @default {true}
   */
  readonly checkHostname?: boolean;
  /**
   * The protocols to offer by ALPN, the preferred one first.
   *
   * @default {none}
   */
  readonly alpnProtocols?: readonly string[];
}

/** TLS options in Deno's form, with all files read. */
export interface TlsOptions {
  /**
   * The certificate chain in PEM form.
   *
   * @default {none}
   */
  cert?: string;
  /**
   * The private key in PEM form.
   *
   * @default {none}
   */
  key?: string;
  /**
   * Additional root certificates in PEM form.
   *
   * @default {none}
   */
  caCerts?: string[];
  /**
   * The protocols to offer by ALPN.
   *
   * @default {none}
   */
  alpnProtocols?: string[];
  /**
   * `false` for a client that takes a certificate for another name.
   *
   * @default {true}
   */
  checkHostname?: false;
}

/**
 * Converts TLS options to Deno's form and reads the files that they name (`--allow-read`). Converted options may be
 * converted again without effect.
 *
 * @param serverSide Whether the options are for a server; `null` skips the checks that depend on it.
 * @throws {TypeError} If a server lacks a certificate or key, or a text is not PEM.
 * @throws {Error} If Deno cannot do what `certReqs` asks for, or a file cannot be read; `cause` is the error of the
 * file system.
 *
 * @example
 * ```ts
 * import { sslOptionsToContext } from "@twister/twister/netutil";
 * import { assertEquals } from "@std/assert";
 *
 * const cert = "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n";
 * assertEquals(sslOptionsToContext({ caCerts: cert }, false), { caCerts: [cert] });
 * ```
 */
export function sslOptionsToContext(sslOptions: SSLOptions, serverSide: boolean | null = null): TlsOptions {
  checkCertReqs(sslOptions.certReqs, serverSide);
  const certificate = sslOptions.certfile ?? sslOptions.cert;
  const context: TlsOptions = {};
  if (certificate !== undefined) {
    context.cert = readPem(certificate, "CERTIFICATE", "certfile");
    context.key = readPem(sslOptions.keyfile ?? sslOptions.key ?? certificate, "PRIVATE KEY", "keyfile");
  } else if (serverSide === true) {
    throw new TypeError("Cannot serve TLS: sslOptions have no certfile");
  }
  const { caCerts, alpnProtocols } = sslOptions;
  if (caCerts !== undefined) {
    const list = typeof caCerts === "string" || caCerts instanceof URL ? [caCerts] : caCerts;
    context.caCerts = list.map((text) => readPem(text, "CERTIFICATE", "caCerts"));
  }
  if (alpnProtocols !== undefined) context.alpnProtocols = [...alpnProtocols];
  if (sslOptions.checkHostname === false && serverSide !== true) context.checkHostname = false;
  return context;
}

function checkCertReqs(certReqs: SSLOptions["certReqs"], serverSide: boolean | null): void {
  if (serverSide === true && certReqs !== undefined && certReqs !== "none") {
    throw new Error(`Cannot serve TLS with certReqs: Deno does not ask clients for certificates: ${certReqs}`);
  }
  if (serverSide === false && certReqs !== undefined && certReqs !== "required") {
    throw new Error(
      `Cannot connect by TLS without a valid certificate, add its root to caCerts: certReqs is ${certReqs}`,
    );
  }
}

function readPem(source: string | URL, label: "CERTIFICATE" | "PRIVATE KEY", option: string): string {
  const text = String(source).includes("-----BEGIN") ? String(source) : readFile(source, option);
  // "EC PRIVATE KEY" and "TRUSTED CERTIFICATE" count as well.
  if (!new RegExp(`-----BEGIN (?:[A-Z]+ )*${label}-----`).test(text)) {
    throw new TypeError(`Cannot use ${option}: it holds no ${label} in PEM form`);
  }
  return text;
}

function readFile(path: string | URL, option: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`Cannot read ${option}: ${path}`, { cause: error });
  }
}
