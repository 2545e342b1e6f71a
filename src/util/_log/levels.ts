/** Level below all others. A logger of this level has the level of its parent. */
export const NOTSET = 0;
/** Level of details for developers. */
export const DEBUG = 10;
/** Level of normal events. */
export const INFO = 20;
/** Level of unexpected events that the program copes with. */
export const WARNING = 30;
/** Level of failures. */
export const ERROR = 40;
/** Level of failures after which the program can hardly go on. */
export const CRITICAL = 50;

const NAMES: ReadonlyMap<number, string> = new Map([
  [NOTSET, "NOTSET"],
  [DEBUG, "DEBUG"],
  [INFO, "INFO"],
  [WARNING, "WARNING"],
  [ERROR, "ERROR"],
  [CRITICAL, "CRITICAL"],
]);

const LEVELS: ReadonlyMap<string, number> = new Map([
  ...[...NAMES].map(([level, name]): [string, number] => [name, level]),
  ["WARN", WARNING],
  ["FATAL", CRITICAL],
]);

/**
 * Returns the name of a numeric level. A level between the known ones is called `Level 25`, as by Python's
 * `logging.getLevelName`.
 *
 * @example
 * ```ts
 * import { getLevelName } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * assertEquals(getLevelName(30), "WARNING");
 * ```
 */
export function getLevelName(level: number): string {
  return NAMES.get(level) ?? `Level ${level}`;
}

/**
 * Returns the numeric level of a name in upper or lower case, Python's short names `warn` and `fatal` included.
 *
 * @example
 * ```ts
 * import { getLevelNumber } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * assertEquals(getLevelNumber("warning"), 30);
 * ```
 *
 * @param name Name of a level, such as `"warning"` or `"INFO"`.
 * @throws {RangeError} No level has this name.
 */
export function getLevelNumber(name: string): number {
  const level = LEVELS.get(name.toUpperCase());
  if (level === undefined) {
    throw new RangeError(`Cannot set the log level: expected debug, info, warning, error or critical, got "${name}"`);
  }
  return level;
}
