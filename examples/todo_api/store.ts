// Todos in SQLite.
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

/** What a client says of a todo. */
export interface NewTodo {
  readonly title: string;
  readonly done: boolean;
}

/** A todo that is kept. */
export interface Todo extends NewTodo {
  readonly id: number;
}

/** Keeps todos in a file, or in memory for `:memory:`. */
export class TodoStore implements Disposable {
  readonly #db: DatabaseSync;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(
      "CREATE TABLE IF NOT EXISTS todo (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, done INTEGER NOT NULL)",
    );
  }

  /** Todos in the order of their making, all or those that are done or not, after the one with the ID `after`. */
  list({ done, after, limit }: { done: boolean | undefined; after: number; limit: number }): Todo[] {
    const sql = "SELECT id, title, done FROM todo WHERE id > ? AND (? IS NULL OR done = ?) ORDER BY id LIMIT ?";
    const flag = done === undefined ? null : Number(done);
    return this.#db.prepare(sql).all(after, flag, flag, limit).map(todoOf);
  }

  /** The todo with an ID, or `null`. */
  find(id: number): Todo | null {
    const row = this.#db.prepare("SELECT id, title, done FROM todo WHERE id = ?").get(id);
    return row === undefined ? null : todoOf(row);
  }

  /** Keeps a new todo. */
  add({ title, done }: NewTodo): Todo {
    const { lastInsertRowid } = this.#db.prepare("INSERT INTO todo (title, done) VALUES (?, ?)").run(
      title,
      Number(done),
    );
    return { id: Number(lastInsertRowid), title, done };
  }

  /** Replaces a todo; tells whether it is there. */
  replace({ id, title, done }: Todo): boolean {
    return this.#db.prepare("UPDATE todo SET title = ?, done = ? WHERE id = ?").run(title, Number(done), id).changes >
      0;
  }

  /** Removes a todo; tells whether it was there. */
  remove(id: number): boolean {
    return this.#db.prepare("DELETE FROM todo WHERE id = ?").run(id).changes > 0;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

function todoOf({ id, title, done }: Record<string, SQLOutputValue>): Todo {
  return { id: Number(id), title: String(title), done: done === 1 };
}
