/** Everything is logged. */
export const NOTSET = 0;
/** Detail for the developer. */
export const DEBUG = 10;
/** The normal course of things. */
export const INFO = 20;
/** Something unexpected that the program copes with. */
export const WARNING = 30;
/** Something that failed. */
export const ERROR = 40;
/** The program can hardly go on. */
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
 * The name of a numeric level; a level between the known ones is named `Level 25`, as in Python's `logging.getLevelName`.
 *
 * @example
 * ```ts
 * import { getLevelName } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * assertEquals(getLevelName(30), "WARNING");
 * ```
 *
 * @param level A numeric level.
 * @returns Its name in capitals.
 */
export function getLevelName(level: number): string {
  return NAMES.get(level) ?? `Level ${level}`;
}

/**
 * The numeric level of a name, in any case (`"warning"`, `"INFO"`), with Python's short names `warn` and `fatal`.
 *
 * @example
 * ```ts
 * import { getLevelNumber } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * assertEquals(getLevelNumber("warning"), 30);
 * ```
 *
 * @param name The name of a level.
 * @returns The level's number.
 * @throws {RangeError} The name is not one of a level.
 */
export function getLevelNumber(name: string): number {
  const level = LEVELS.get(name.toUpperCase());
  if (level === undefined) {
    throw new RangeError(`Cannot set the log level: expected debug, info, warning, error or critical, got "${name}"`);
  }
  return level;
}
