// Users and what they may do, the tables of the records, and the secret that signs the cookies.
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { Action, Model } from "./models.ts";
import { Records } from "./records.ts";

// With AUTOINCREMENT the cookie of a user who was deleted never becomes that of another.
const SCHEMA = `
CREATE TABLE IF NOT EXISTS acl_users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT NOT NULL,
  password TEXT NOT NULL,
  is_admin INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS acl_permissions (
  user_id INTEGER NOT NULL REFERENCES acl_users(id) ON DELETE CASCADE,
  model TEXT NOT NULL,
  action TEXT NOT NULL,
  PRIMARY KEY (user_id, model, action)
) STRICT;
CREATE TABLE IF NOT EXISTS acl_secrets (id INTEGER PRIMARY KEY CHECK (id = 1), cookie TEXT NOT NULL) STRICT;
`;

const USERS = "SELECT id, email, name, password, is_admin AS isAdmin FROM acl_users";

/** Somebody who can sign in. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

/** A user with the hash of the password. */
export interface Account extends User {
  readonly password: string;
}

/** That something is allowed. */
export interface Grant {
  readonly model: Model;
  readonly action: Action;
}

/** Opens the database, and makes what is missing in it. */
export class AclDatabase implements Disposable {
  readonly #db: DatabaseSync;
  /** The records of each model. */
  readonly records: readonly Records[];

  constructor(path: string, models: readonly Model[]) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(SCHEMA);
    this.records = models.map((model) => new Records(this.#db, model));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** The secret of this database, made at the first start. */
  cookieSecret(): string {
    const made = crypto.getRandomValues(new Uint8Array(32)).toHex();
    this.#db.prepare("INSERT OR IGNORE INTO acl_secrets (id, cookie) VALUES (1, ?)").run(made);
    return String(this.#db.prepare("SELECT cookie FROM acl_secrets").get()?.cookie);
  }

  /** Adds a user, the first as administrator; `null` if the address is taken. */
  addUser(email: string, name: string, password: string): User | null {
    // One statement, so that there is one first user.
    const { changes, lastInsertRowid } = this.#db.prepare(
      `INSERT OR IGNORE INTO acl_users (email, name, password, is_admin)
      VALUES (?, ?, ?, NOT EXISTS (SELECT 1 FROM acl_users))`,
    ).run(email, name, password);
    return Number(changes) === 0 ? null : this.user(Number(lastInsertRowid));
  }

  users(): User[] {
    return this.#db.prepare(`${USERS} ORDER BY name, id`).all().map(userOf);
  }

  user(id: number): User | null {
    const row = this.#db.prepare(`${USERS} WHERE id = ?`).get(id);
    return row === undefined ? null : userOf(row);
  }

  account(email: string): Account | null {
    const row = this.#db.prepare(`${USERS} WHERE email = ?`).get(email);
    return row === undefined ? null : { ...userOf(row), password: String(row.password) };
  }

  /** Removes a user and the permissions; the records stay. */
  removeUser(id: number): void {
    this.#db.prepare("DELETE FROM acl_users WHERE id = ?").run(id);
  }

  /** Whether a user may do something; administrators may do all. */
  may(user: User, action: Action, model: Model): boolean {
    if (user.isAdmin) return true;
    const find = this.#db.prepare("SELECT 1 FROM acl_permissions WHERE user_id = ? AND model = ? AND action = ?");
    return find.get(user.id, model.name, action) !== undefined;
  }

  /** Takes the place of all that a user was allowed. Who may write or delete may read, too. */
  setRights(id: number, isAdmin: boolean, grants: readonly Grant[]): void {
    const add = this.#db.prepare("INSERT OR IGNORE INTO acl_permissions (user_id, model, action) VALUES (?, ?, ?)");
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      this.#db.prepare("UPDATE acl_users SET is_admin = ? WHERE id = ?").run(Number(isAdmin), id);
      this.#db.prepare("DELETE FROM acl_permissions WHERE user_id = ?").run(id);
      for (const { model, action } of grants) {
        add.run(id, model.name, "read" satisfies Action);
        add.run(id, model.name, action);
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

function userOf({ id, email, name, isAdmin }: Record<string, SQLOutputValue>): User {
  return { id: Number(id), email: String(email), name: String(name), isAdmin: isAdmin === 1 };
}
