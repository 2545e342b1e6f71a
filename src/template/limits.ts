/**
 * Largest length of a template source in characters. The largest public Tornado templates have some 200,000; 4 Mi is
 * twenty times that, and still parses in well under a second.
 */
export const MAX_SOURCE_LENGTH: number = 4 * 1024 * 1024;

/**
 * Deepest nesting of tags, includes and blocks counted. Tornado compiles to Python, which refuses more than 100 levels
 * of indentation, so every template that works there fits. The recursion here is far from the end of the stack.
 */
export const MAX_NESTING: number = 200;

/**
 * Largest number of tags and texts in a template, with its includes and blocks in place. Large handwritten pages have
 * some thousands. The limit stops files that include each other twice a level, which double with every file, and keeps
 * the compilation of the worst template, in which each tag has its own expression, to about half a second.
 */
export const MAX_NODES: number = 25_000;

/**
 * Longest chain of templates that are being loaded, each for the one before. Tornado fails at some 150 of them, at
 * Python's own recursion limit.
 */
export const MAX_LOAD_DEPTH: number = 200;

/** Largest length of an expression in characters: 64 Ki is beyond all handwriting, and parses in milliseconds. */
export const MAX_EXPRESSION_LENGTH: number = 64 * 1024;
