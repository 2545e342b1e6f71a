// What the record book keeps. A new model needs an entry here, and nothing else.
import type { Field } from "./forms.ts";

/** What a user can be allowed to do with the records of a model. */
export const ACTIONS = ["read", "write", "delete"] as const;

export type Action = typeof ACTIONS[number];

/** A kind of record. Names are those of the table, its columns and the URLs: small letters and `_`. */
export interface Model {
  readonly name: string;
  /** What one record is called. */
  readonly one: string;
  /** What many are called. */
  readonly many: string;
  /** The first is required: it stands for the record. */
  readonly fields: readonly Field[];
}

const contacts: Model = {
  name: "contacts",
  one: "Contact",
  many: "Contacts",
  fields: [
    { name: "name", label: "Name", kind: "text", required: true, max: 100 },
    { name: "email", label: "E-mail", kind: "email" },
    { name: "birthday", label: "Birthday", kind: "date" },
    { name: "notes", label: "Notes", kind: "long", max: 5000 },
  ],
};

const equipment: Model = {
  name: "equipment",
  one: "Piece of equipment",
  many: "Equipment",
  fields: [
    { name: "name", label: "Name", kind: "text", required: true, max: 100 },
    { name: "state", label: "State", kind: "choice", required: true, choices: ["in use", "in stock", "broken"] },
    { name: "pieces", label: "Pieces", kind: "number", required: true, min: 0, max: 10_000 },
    { name: "bought", label: "Bought on", kind: "date" },
  ],
};

export const models: readonly Model[] = [contacts, equipment];
