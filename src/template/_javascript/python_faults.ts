import { parse } from "./acorn.ts";

/** The message for `a // b`. */
export const FLOOR_DIVISION = "'//' begins a comment; write Math.floor(a / b), or /* ... */ for a comment";

/** What a word at the fault, or directly before it, says in Python, and what JavaScript writes. */
const WORDS_AT_FAULT: ReadonlyMap<string, string> = new Map(Object.entries({
  and: "a && b",
  or: "a || b",
  is: "a === b",
  not: "!list.includes(x), or !(key in object)",
  if: "condition ? a : b",
  for: "xs.map((x) => ...), or xs.filter((x) => ...)",
}));
const WORDS_BEFORE_FAULT: ReadonlyMap<string, string> = new Map(Object.entries({
  not: "!x",
  lambda: "(x) => ...",
  del: "delete x.key",
  yield: "await x",
  print: "{{ x }}",
}));

/** Says what to write in place of the Python that the parser refused at `offset`; `null` if it is not Python. */
export function explainFault(source: string, offset: number): string | null {
  const before = source.slice(0, offset).trimEnd();
  const after = source.slice(offset);
  const word = /^\w+/.exec(after)?.[0] ?? "";
  const previous = /(?<![\w.$])[A-Za-z_]\w*$/.exec(before)?.[0] ?? "";
  if (source.includes("//") && isExpression(`(${source.replaceAll("//", "/")}\n)`)) return FLOOR_DIVISION;
  if (/^is\s+not\b/.test(after)) return "'is not' is not JavaScript; write a !== b";
  if (previous === "not" && /^[^()]*\sin\s/.test(after)) {
    return `'not' is not JavaScript; write ${WORDS_AT_FAULT.get("not")}`;
  }
  for (const [name, instead] of [[word, WORDS_AT_FAULT.get(word)], [previous, WORDS_BEFORE_FAULT.get(previous)]]) {
    if (instead === undefined) continue;
    return `'${name}' is not ${name === "if" || name === "for" ? "allowed here" : "JavaScript"}; write ${instead}`;
  }
  if (/^["'`]/.test(after)) {
    if (/"""|'''/.test(source)) return "text of several lines is written `...`";
    if (/^(?:[bru]|[br]{2})$/i.test(previous)) return `text has no prefix '${previous}' in JavaScript; leave it out`;
    if (/^(?:f|[fr]{2})$/i.test(previous)) return "text with values is written `${x}`";
    if (/["']$/.test(before)) return "texts are joined by +";
  }
  if (after.startsWith(":=")) return "an assignment is written (x = ...)";
  if (/^\*\*?/.test(after) && /[([{,]$/.test(before)) return "'*' and '**' do not spread in JavaScript; write ...x";
  if (after.startsWith("**") && /-\s*[\w.]+$/.test(before)) return "a sign in front of '**' is written -(x ** 2)";
  if (before.endsWith("#")) return "'#' begins no comment in JavaScript; write /* ... */";
  if (after.startsWith(">") && before.endsWith("<")) return "'<>' is not JavaScript; write a !== b";
  if (/^[lj]\b/i.test(after) && /\d$/.test(before)) return `a number has no suffix '${word}' in JavaScript`;
  const open = openBracket(before);
  if (after.startsWith(":") && open.startsWith("[")) return "a slice is written x.slice(1, 2)";
  if (after.startsWith(":") && after.trim() === ":") return "no colon belongs at the end of a tag";
  if (/^[,}]/.test(after) && /^\{[^:]*$/.test(open)) return "a set is written new Set([a, b])";
  if (/[(,]$/.test(before) && (after.startsWith(")") || `${open}${after}` === "")) {
    return "a tuple is written as a list: [], [a] or [a, b]";
  }
  if (after === "" && open.startsWith("{")) return "a '{' is not closed; write } } with a space within a tag";
  return null;
}

/** Returns a source from its innermost open bracket on, or "". Texts with brackets in them may mislead it. */
function openBracket(source: string): string {
  let depth = 0;
  for (let i = source.length - 1; i >= 0; i--) {
    const character = source.charAt(i);
    if (")]}".includes(character)) depth++;
    else if ("([{".includes(character) && depth-- === 0) return source.slice(i);
  }
  return "";
}

/**
 * Tells whether what JavaScript reads as a comment is Python's `a // b`: it follows an operand, it reads as a divisor,
 * and no other line follows, or it begins with a number.
 *
 * @param isLast True if the tag ends with this line.
 */
export function isFloorDivision(before: string, text: string, isLast: boolean): boolean {
  if (!/[\w$)\]}"'`][ \t]*$/.test(before) || !(isLast || /^\s*\d/.test(text))) return false;
  return isExpression(`0 / (0, ${text.replace(/^=/, "")}\n)`);
}

function isExpression(code: string): boolean {
  try {
    parse(code, { ecmaVersion: "latest", allowAwaitOutsideFunction: true });
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return false;
    throw error;
  }
}
