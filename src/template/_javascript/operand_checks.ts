/** Says what to write instead of Python's `x in xs`. */
export function elementAdvice(element: string, list: string, method: "includes" | "has" = "includes"): string {
  return `'in' looks for a key, not for an element; write ${list}.${method}(${element})`;
}

/** Says what to write instead of Python's `text % x`. */
export function formatAdvice(text: string, values: string): string {
  return `'%' does not put ${values} into ${text}; write \`... \${x} ...\`, or text.replace("%s", x)`;
}

/**
 * Returns the right side of `in`; `left` and `right` are the sides as the template has them.
 *
 * @throws {TypeError} The value has elements: JavaScript would look among the names of its properties.
 */
export function requireKeys(value: unknown, left: string, right: string): unknown {
  if (typeof value === "string" || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new TypeError(elementAdvice(left, right));
  }
  if (value instanceof Iterator) throw new TypeError(elementAdvice(left, `[...${right}]`));
  // Map, Set, URLSearchParams, and other classes that have contents.
  if (typeof value === "object" && value !== null && "has" in value && !Object.hasOwn(value, "has")) {
    throw new TypeError(elementAdvice(left, right, "has"));
  }
  return value;
}

/**
 * Returns the left side of `%`; `left` and `right` are the sides as the template has them.
 *
 * @throws {TypeError} The value is text that is not a number: the result would be `NaN`.
 */
export function requireNumber(value: unknown, left: string, right: string): unknown {
  if (typeof value === "string" && Number.isNaN(Number(value))) throw new TypeError(formatAdvice(left, right));
  return value;
}
