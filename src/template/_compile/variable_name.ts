/** Prefix of all variables in generated code that do not stand for names of a template. */
const INTERNAL = "_t$";

/** Words that cannot be variables in strict mode, though a template may use most of them as names. */
const RESERVED: ReadonlySet<string> = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof var void while with yield").split(" "),
);

/**
 * Returns the variable for a name of a template: the name itself if possible, so that JavaScript's own error messages
 * have the name that the author wrote.
 */
export function variableName(name: string): string {
  return RESERVED.has(name) || name.startsWith(INTERNAL) ? `${INTERNAL}n_${name}` : name;
}
