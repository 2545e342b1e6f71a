/** Limits for bodies of type multipart/form-data, each with its default. */
export interface ParseMultipartConfigOptions {
  /**
   * Whether such bodies are parsed at all; if not, each is refused.
   *
   * @default {true}
   */
  enabled?: boolean;
  /**
   * How many parts a body may have.
   *
   * @default {100}
   */
  maxParts?: number;
  /**
   * How many bytes the headers of one part may have.
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
 * How bodies of type multipart/form-data are parsed. Tornado's `ParseMultipartConfig`.
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
  /** Whether such bodies are parsed at all; if not, each is refused. */
  readonly enabled: boolean;
  /** How many parts a body may have. */
  readonly maxParts: number;
  /** How many bytes the headers of one part may have. */
  readonly maxPartHeaderSize: number;

  /** Makes a configuration; what is left out has its default. */
  constructor(options: ParseMultipartConfigOptions = {}) {
    this.enabled = options.enabled ?? true;
    this.maxParts = options.maxParts ?? DEFAULT_MAX_PARTS;
    this.maxPartHeaderSize = options.maxPartHeaderSize ?? DEFAULT_MAX_PART_HEADER_SIZE;
  }
}

/** How request bodies are parsed, by type. */
export interface ParseBodyConfigOptions {
  /**
   * For multipart/form-data.
   *
   * @default {new ParseMultipartConfig()}
   */
  multipart?: ParseMultipartConfig;
}

/**
 * How request bodies are parsed. Tornado's `ParseBodyConfig`.
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
  /** For multipart/form-data. */
  readonly multipart: ParseMultipartConfig;

  /** Makes a configuration; what is left out has its default. */
  constructor(options: ParseBodyConfigOptions = {}) {
    this.multipart = options.multipart ?? new ParseMultipartConfig();
  }
}

let currentConfig = new ParseBodyConfig();

/**
 * Sets the configuration of the whole process, for all bodies that are parsed from now on without one of their own.
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

/** The configuration of the whole process. */
export function parseBodyConfig(): ParseBodyConfig {
  return currentConfig;
}
