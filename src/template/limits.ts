/**
 * The most characters a template source may have. The largest public Tornado templates have some 200,000; 4 Mi is
 * twenty times that, and still parses in well under a second.
 */
export const MAX_SOURCE_LENGTH: number = 4 * 1024 * 1024;

/**
 * How deep tags may nest, counted through includes and blocks. Python, to which Tornado compiles, refuses more than 100
 * levels of indentation, so every template that works there fits; the recursion here is far from the end of the stack.
 */
export const MAX_NESTING: number = 200;

/**
 * How many tags and texts one template may come to, with includes and blocks put in where they stand. Large handwritten
 * pages come to some thousands. It stops files that include each other twice a level, which double with every file, and
 * keeps the compilation of the worst template, each tag of it with an expression of its own, to about half a second.
 */
export const MAX_NODES: number = 25_000;

/**
 * How many templates may be under way at once, each waiting for the one that it extends or includes. Tornado ends at
 * some 150 of them, where Python's own recursion limit is.
 */
export const MAX_LOAD_DEPTH: number = 200;

/** How long one expression may be: 64 Ki is beyond all handwriting, and parses in milliseconds. */
export const MAX_EXPRESSION_LENGTH: number = 64 * 1024;
