/** What the names of generated code begin with, other than the variables that stand for names of a template. */
const INTERNAL = "_t$";

/** Words that cannot be variables in strict mode, though a template may use most of them as names. */
const RESERVED: ReadonlySet<string> = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof var void while with yield").split(" "),
);

/**
 * The variable that stands for a name of a template: the name itself where it can be, so that JavaScript's own error
 * messages speak of what the author wrote.
 */
export function variableName(name: string): string {
  return RESERVED.has(name) || name.startsWith(INTERNAL) ? `${INTERNAL}n_${name}` : name;
}
