// The blog's database: authors, their entries, and the secret that signs the cookies.
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS authors (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT NOT NULL,
  password TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES authors(id),
  slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  published INTEGER NOT NULL,
  updated INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_date ON entries (published);
CREATE TABLE IF NOT EXISTS secrets (id INTEGER PRIMARY KEY CHECK (id = 1), cookie TEXT NOT NULL) STRICT;
`;

const ENTRIES = `
SELECT entries.id, author_id AS authorId, name AS author, slug, title, text, published, updated
FROM entries JOIN authors ON authors.id = author_id`;

/** Somebody who writes. */
export interface Author {
  readonly id: number;
  readonly name: string;
}

/** An author with the hash of the password. */
export interface Account extends Author {
  readonly password: string;
}

/** What is written; times are in seconds since 1970. */
export interface Entry {
  readonly id: number;
  readonly authorId: number;
  readonly author: string;
  readonly slug: string;
  readonly title: string;
  readonly text: string;
  readonly published: number;
  readonly updated: number;
}

type Row = Record<string, SQLOutputValue>;

/** Opens the database, and makes what is missing in it. */
export class BlogDatabase implements Disposable {
  readonly #db: DatabaseSync;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(SCHEMA);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** The secret of this blog, made at its first start. */
  cookieSecret(): string {
    const made = crypto.getRandomValues(new Uint8Array(32)).toHex();
    this.#db.prepare("INSERT OR IGNORE INTO secrets (id, cookie) VALUES (1, ?)").run(made);
    return String(this.#db.prepare("SELECT cookie FROM secrets").get()?.cookie);
  }

  /** Adds an author; `null` if the address is taken. */
  addAuthor(email: string, name: string, password: string): Author | null {
    const add = this.#db.prepare("INSERT OR IGNORE INTO authors (email, name, password) VALUES (?, ?, ?)");
    const { changes, lastInsertRowid } = add.run(email, name, password);
    return Number(changes) === 0 ? null : { id: Number(lastInsertRowid), name };
  }

  account(email: string): Account | null {
    const row = this.#db.prepare("SELECT id, name, password FROM authors WHERE email = ?").get(email);
    return row === undefined ? null : { ...authorOf(row), password: String(row.password) };
  }

  author(id: number): Author | null {
    const row = this.#db.prepare("SELECT id, name FROM authors WHERE id = ?").get(id);
    return row === undefined ? null : authorOf(row);
  }

  /** The latest entries first. */
  entries(limit: number): Entry[] {
    return this.#db.prepare(`${ENTRIES} ORDER BY published DESC, entries.id DESC LIMIT ?`).all(limit).map(entryOf);
  }

  entryBySlug(slug: string): Entry | null {
    const row = this.#db.prepare(`${ENTRIES} WHERE slug = ?`).get(slug);
    return row === undefined ? null : entryOf(row);
  }

  entryById(id: number): Entry | null {
    const row = this.#db.prepare(`${ENTRIES} WHERE entries.id = ?`).get(id);
    return row === undefined ? null : entryOf(row);
  }

  /** Adds an entry and returns its slug, which is made of the title and stays when that changes. */
  addEntry(authorId: number, title: string, text: string): string {
    const slug = this.#freeSlug(title);
    const now = Math.floor(Date.now() / 1000);
    this.#db.prepare(
      "INSERT INTO entries (author_id, slug, title, text, published, updated) VALUES (?, ?, ?, ?, ?, ?)",
    ).run(authorId, slug, title, text, now, now);
    return slug;
  }

  changeEntry(id: number, title: string, text: string): void {
    const now = Math.floor(Date.now() / 1000);
    this.#db.prepare("UPDATE entries SET title = ?, text = ?, updated = ? WHERE id = ?").run(title, text, now, id);
  }

  #freeSlug(title: string): string {
    const words = title.normalize("NFKD").toLowerCase().match(/[a-z0-9]+/g) ?? ["entry"];
    const slug = words.join("-");
    const taken = this.#db.prepare("SELECT 1 FROM entries WHERE slug = ?");
    let free = slug;
    for (let number = 2; taken.get(free) !== undefined; number++) free = `${slug}-${number}`;
    return free;
  }
}

function authorOf({ id, name }: Row): Author {
  return { id: Number(id), name: String(name) };
}

function entryOf(row: Row): Entry {
  return {
    id: Number(row.id),
    authorId: Number(row.authorId),
    author: String(row.author),
    slug: String(row.slug),
    title: String(row.title),
    text: String(row.text),
    published: Number(row.published),
    updated: Number(row.updated),
  };
}
