import { mapReferences, moveReferences, nameOfDefinition, referencesOf } from "./_json_schema.ts";

/** Tells whether a schema describes what is sent to the server (`input`), or what it sends. */
export type Direction = "input" | "output";

const SCHEMAS = "#/components/schemas/";

/** A definition within a schema, which other schemas may have as well. */
interface Definition {
  /** The name that the schema has for it. */
  readonly name: string;
  readonly direction: Direction;
}

/** The ways to name the definitions of one name. Each takes fewer of them for the same thing than the one before. */
const NAMINGS: readonly ((definition: Definition, place: string) => string)[] = [
  ({ name }) => name,
  ({ name, direction }) => direction === "output" ? name : `${name}Input`,
  (_, place) => place,
];

/** The schemas that references in a document lead to. */
export class Components {
  readonly #schemas: Map<string, unknown>;
  /** Those of the schemas that are definitions with a name. */
  readonly #definitions = new Map<string, Definition>();

  /** @param known Schemas that the document has in any case, by name. */
  constructor(known: Readonly<Record<string, unknown>>) {
    this.#schemas = new Map(Object.entries(known));
  }

  /**
   * Adds the parts of a JSON Schema that references lead to, since within an operation they would lead into the
   * document.
   *
   * @param place The route and the field.
   * @returns The schema, with references to the parts where they are now.
   */
  add(described: Record<string, unknown>, direction: Direction, place: string): Record<string, unknown> {
    const references = referencesOf(described);
    if (references.length === 0) return described;
    // Many tools see nothing beside a reference, so that definitions have places of their own.
    const { $defs, ...whole } = described;
    const definitions = Object.entries(Object($defs));
    const isReferredTo = references.some((each) => !definitions.some(([name]) => name === nameOfDefinition(each)));
    const root = isReferredTo ? this.#reserve(lettersOf(place)) : lettersOf(place);
    const places = new Map(definitions.map(([name]) => [name, this.#reserve(`${root}.${lettersOf(name)}`)]));
    const move = (value: unknown) =>
      moveReferences(value, SCHEMAS + root, (name) => {
        const found = places.get(name);
        return found && SCHEMAS + found;
      });
    for (const [name, definition] of definitions) {
      const at = places.get(name) ?? "";
      this.#schemas.set(at, move(definition));
      // Validators make other names for parts that have none, such as `__schema0`.
      if (/^[A-Za-z]/.test(name)) this.#definitions.set(at, { name: lettersOf(name), direction });
    }
    const moved = Object(move(whole));
    if (!isReferredTo) return moved;
    this.#schemas.set(root, moved);
    return { $ref: SCHEMAS + root };
  }

  /**
   * Gives definitions that are alike one place, under their own name.
   *
   * @param paths What refers to the schemas.
   * @returns The schemas by name, and what refers to them then.
   */
  share<Paths extends object>(paths: Paths): { paths: Paths; schemas: Record<string, unknown> } {
    const names = this.#sharedNames();
    const schemas = new Map<string, unknown>();
    for (const [place, schema] of this.#schemas) schemas.set(names.get(place) ?? place, renamed(schema, names));
    return { paths: Object(renamed(paths, names)), schemas: Object.fromEntries(schemas) };
  }

  /** Returns the names under which definitions are shared, by their places. */
  #sharedNames(): ReadonlyMap<string, string> {
    const groups = Map.groupBy(this.#definitions, ([_, { name }]) => name);
    const levels = new Map(Array.from(groups.keys(), (name) => [name, 0]));
    const levelOf = (name: string) => levels.get(name) ?? 0;
    while (true) {
      const names = new Map(
        Array.from(this.#definitions, ([place, definition]) => {
          return [place, NAMINGS[levelOf(definition.name)]?.(definition, place) ?? place];
        }),
      );
      // What one definition refers to may turn out to be different things, and then so is that definition.
      const unfit = Array.from(groups.keys()).filter((name) => {
        const places = groups.get(name)?.map(([place]) => place) ?? [];
        return levelOf(name) < NAMINGS.length - 1 && !this.#fit(places, names, groups);
      });
      if (unfit.length === 0) return names;
      for (const name of unfit) levels.set(name, levelOf(name) + 1);
    }
  }

  /** Tells whether these definitions can have their names: all of one name are the same, and nothing else has it. */
  #fit(
    places: readonly string[],
    names: ReadonlyMap<string, string>,
    groups: ReadonlyMap<string, unknown>,
  ): boolean {
    const texts = new Map<string, string>();
    return places.every((place) => {
      const name = names.get(place) ?? place;
      const own = this.#definitions.get(place)?.name;
      if (this.#schemas.has(name) || (name !== own && groups.has(name))) return false;
      const text = JSON.stringify(renamed(this.#schemas.get(place), names));
      const known = texts.get(name) ?? text;
      texts.set(name, known);
      return known === text;
    });
  }

  /** Makes a name for a place. Other places may have the same letters, such as /a/b and /a_b. */
  #reserve(plain: string): string {
    let name = plain;
    for (let i = 2; this.#schemas.has(name); i++) name = `${plain}_${i}`;
    this.#schemas.set(name, null);
    return name;
  }
}

/** Leaves the letters that names of components may have. */
function lettersOf(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, "_");
}

/** Returns a value in which references to components lead to their new names. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  return mapReferences(value, (reference) => {
    const [, name = "", rest = ""] = /^#\/components\/schemas\/([^/]+)(.*)$/.exec(reference) ?? [];
    const known = names.get(name);
    return known === undefined ? reference : SCHEMAS + known + rest;
  });
}
