import { checkLimit } from "../../internal/limits.ts";

/** Limits for bodies of type multipart/form-data, each with its default. */
export interface ParseMultipartConfigOptions {
  /**
   * Parses such bodies; `false` refuses each of them.
   *
   * @default {true}
   */
  enabled?: boolean;
  /**
   * The most parts of a body.
   *
   * @default {100}
   */
  maxParts?: number;
  /**
   * The most bytes in the headers of one part.
   *
   * @default {10240}
   */
  maxPartHeaderSize?: number;
}

// A form with more fields than this is rare; each costs headers to parse, so a body of many tiny parts is cheap to send
// and dear to read. Tornado's number.
const DEFAULT_MAX_PARTS = 100;
// Room for long file names in two notations; Tornado's number.
const DEFAULT_MAX_PART_HEADER_SIZE = 10 * 1024;

/**
 * Limits for bodies of type multipart/form-data. Tornado's `ParseMultipartConfig`.
 *
 * @example
 * ```ts
 * import { ParseMultipartConfig } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new ParseMultipartConfig({ maxParts: 5 }).maxPartHeaderSize, 10240);
 * ```
 */
export class ParseMultipartConfig {
  /** Parses such bodies; `false` refuses each of them. */
  readonly enabled: boolean;
  /** The most parts of a body. */
  readonly maxParts: number;
  /** The most bytes in the headers of one part. */
  readonly maxPartHeaderSize: number;

  /**
   * Makes a configuration; options left out have their defaults.
   *
   * @throws {RangeError} If a limit is not a whole number, or is negative.
   */
  constructor(options: ParseMultipartConfigOptions = {}) {
    this.enabled = options.enabled ?? true;
    this.maxParts = options.maxParts ?? DEFAULT_MAX_PARTS;
    this.maxPartHeaderSize = options.maxPartHeaderSize ?? DEFAULT_MAX_PART_HEADER_SIZE;
    checkLimit("maxParts", this.maxParts);
    checkLimit("maxPartHeaderSize", this.maxPartHeaderSize);
  }
}

/** Limits for arguments in a query or a body of type application/x-www-form-urlencoded, each with its default. */
export interface ParseUrlEncodedConfigOptions {
  /**
   * The most arguments, empty ones included.
   *
   * @default {1000}
   */
  maxArguments?: number;
}

/** An argument takes two bytes to send and some 250 to keep, so the size of a body is no limit. Tornado's number. */
const DEFAULT_MAX_ARGUMENTS = 1000;

/**
 * Limits for arguments in a query or a body of type application/x-www-form-urlencoded. Tornado's
 * `ParseUrlEncodedConfig`.
 *
 * @example
 * ```ts
 * import { ParseUrlEncodedConfig } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new ParseUrlEncodedConfig().maxArguments, 1000);
 * ```
 */
export class ParseUrlEncodedConfig {
  /** The most arguments, empty ones included: one more than there are separators. */
  readonly maxArguments: number;

  /**
   * Makes a configuration; options left out have their defaults.
   *
   * @throws {RangeError} If the limit is not a whole number, or is negative.
   */
  constructor(options: ParseUrlEncodedConfigOptions = {}) {
    this.maxArguments = options.maxArguments ?? DEFAULT_MAX_ARGUMENTS;
    checkLimit("maxArguments", this.maxArguments);
  }
}

/** Options of {@linkcode ParseBodyConfig}, by type of body. */
export interface ParseBodyConfigOptions {
  /**
   * For application/x-www-form-urlencoded, and for queries.
   *
   * @default {new ParseUrlEncodedConfig()}
   */
  urlencoded?: ParseUrlEncodedConfig;
  /**
   * For multipart/form-data.
   *
   * @default {new ParseMultipartConfig()}
   */
  multipart?: ParseMultipartConfig;
}

/**
 * Limits for request bodies, by type. Tornado's `ParseBodyConfig`.
 *
 * @example
 * ```ts
 * import { ParseBodyConfig, ParseMultipartConfig } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const config = new ParseBodyConfig({ multipart: new ParseMultipartConfig({ enabled: false }) });
 * assertEquals(config.multipart.enabled, false);
 * ```
 */
export class ParseBodyConfig {
  /** For application/x-www-form-urlencoded, and for queries. */
  readonly urlencoded: ParseUrlEncodedConfig;
  /** For multipart/form-data. */
  readonly multipart: ParseMultipartConfig;

  /** Makes a configuration; options left out have their defaults. */
  constructor(options: ParseBodyConfigOptions = {}) {
    this.urlencoded = options.urlencoded ?? new ParseUrlEncodedConfig();
    this.multipart = options.multipart ?? new ParseMultipartConfig();
  }
}

let currentConfig = new ParseBodyConfig();

/**
 * Sets the configuration of the whole process. It applies to the queries of later requests, and to each body that is
 * parsed later without a configuration of its own.
 *
 * Tornado's `set_parse_body_config`.
 *
 * @example
 * ```ts
 * import { ParseBodyConfig, ParseMultipartConfig, setParseBodyConfig } from "@twister/twister/httputil";
 *
 * setParseBodyConfig(new ParseBodyConfig({ multipart: new ParseMultipartConfig({ maxParts: 1000 }) }));
 * ```
 */
export function setParseBodyConfig(config: ParseBodyConfig): void {
  currentConfig = config;
}

/** Returns the configuration of the whole process. */
export function parseBodyConfig(): ParseBodyConfig {
  return currentConfig;
}
