// The records of a model in a table of SQLite. Names in the SQL are those of the model, values are parameters.
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Value } from "./forms.ts";
import type { Model } from "./models.ts";

const NAME = /^[a-z][a-z_]*$/;

type Values = Readonly<Record<string, Value>>;

/** What is in the table, with who changed it last, and when in seconds since 1970. */
export interface StoredRecord {
  readonly id: number;
  readonly values: Values;
  readonly changed: number;
  readonly changedBy: string;
}

/** All records of a model; makes the table if it is missing. */
export class Records {
  readonly model: Model;
  readonly #db: DatabaseSync;
  readonly #columns: readonly string[];

  constructor(db: DatabaseSync, model: Model) {
    this.#db = db;
    this.model = model;
    this.#columns = model.fields.map((field) => field.name);
    for (const name of [model.name, ...this.#columns]) {
      if (!NAME.test(name)) throw new TypeError(`Cannot make a table: "${name}" is no name`);
    }
    const columns = model.fields.map(({ name, kind }) => `"${name}" ${kind === "number" ? "INTEGER" : "TEXT"}, `);
    // With AUTOINCREMENT an address never comes to mean another record.
    db.exec(`CREATE TABLE IF NOT EXISTS "${model.name}" (
      record_id INTEGER PRIMARY KEY AUTOINCREMENT, ${columns.join("")}
      record_changed INTEGER NOT NULL, record_changed_by TEXT NOT NULL) STRICT`);
  }

  count(): number {
    return Number(this.#db.prepare(`SELECT count(*) AS n FROM "${this.model.name}"`).get()?.n);
  }

  /** Some records, the latest first. */
  list(limit: number, offset: number): StoredRecord[] {
    const list = this.#db.prepare(`SELECT * FROM "${this.model.name}" ORDER BY record_id DESC LIMIT ? OFFSET ?`);
    return list.all(limit, offset).map((row) => this.#recordOf(row));
  }

  get(id: number): StoredRecord | null {
    const row = this.#db.prepare(`SELECT * FROM "${this.model.name}" WHERE record_id = ?`).get(id);
    return row === undefined ? null : this.#recordOf(row);
  }

  /** Adds a record and returns its id. */
  add(values: Values, by: string): number {
    const columns = [...this.#columns, "record_changed", "record_changed_by"];
    const marks = columns.map(() => "?").join(", ");
    const add = this.#db.prepare(`INSERT INTO "${this.model.name}" ("${columns.join('", "')}") VALUES (${marks})`);
    return Number(add.run(...this.#row(values), now(), by).lastInsertRowid);
  }

  change(id: number, values: Values, by: string): void {
    const sets = this.#columns.map((name) => `"${name}" = ?, `).join("");
    this.#db.prepare(
      `UPDATE "${this.model.name}" SET ${sets} record_changed = ?, record_changed_by = ? WHERE record_id = ?`,
    ).run(...this.#row(values), now(), by, id);
  }

  remove(id: number): void {
    this.#db.prepare(`DELETE FROM "${this.model.name}" WHERE record_id = ?`).run(id);
  }

  #row(values: Values): Value[] {
    return this.#columns.map((name) => values[name] ?? null);
  }

  #recordOf(row: Record<string, SQLOutputValue>): StoredRecord {
    const values = this.model.fields.map(({ name, kind }) => {
      const value = row[name] ?? null;
      return [name, value === null ? null : kind === "number" ? Number(value) : String(value)] as const;
    });
    return {
      id: Number(row.record_id),
      values: Object.fromEntries(values),
      changed: Number(row.record_changed),
      changedBy: String(row.record_changed_by),
    };
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
