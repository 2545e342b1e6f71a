// Notes as JSON, kept in SQLite: GET, POST /notes and GET, PUT, DELETE /notes/1, with a token in Authorization.
import { createHash, timingSafeEqual } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { appLog } from "@twister/twister/log";
import { define } from "@twister/twister/options";
import { Application, HTTPError, RequestHandler } from "@twister/twister/web";

const path = define("db", {
  defaultValue: ":memory:",
  help: "File of the database; it is gone at the end without one",
});
const token = define("token", { defaultValue: "", secret: true, help: "What clients send as Authorization: Bearer" });
const debug = define("debug", { defaultValue: false, help: "Restart at changes" });

const MAX_TEXT = 10_000;

/** What clients are told beside a status. */
const ERRORS: Record<number, string> = {
  401: "Send the header Authorization: Bearer TOKEN",
  404: "There is nothing at this address",
};

/** A note, as clients see it. */
export interface Note {
  readonly id: number;
  readonly text: string;
}

/** The notes in a database. */
export class Notes implements Disposable {
  readonly #db: DatabaseSync;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
  }

  list(): Note[] {
    return this.#db.prepare("SELECT id, text FROM notes ORDER BY id").all().map(toNote);
  }

  find(id: number): Note | null {
    const row = this.#db.prepare("SELECT id, text FROM notes WHERE id = ?").get(id);
    return row === undefined ? null : toNote(row);
  }

  add(text: string): Note {
    const { lastInsertRowid } = this.#db.prepare("INSERT INTO notes (text) VALUES (?)").run(text);
    return { id: Number(lastInsertRowid), text };
  }

  change(id: number, text: string): void {
    this.#db.prepare("UPDATE notes SET text = ? WHERE id = ?").run(text, id);
  }

  remove(id: number): void {
    this.#db.prepare("DELETE FROM notes WHERE id = ?").run(id);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

function toNote(row: Record<string, unknown>): Note {
  return { id: Number(row.id), text: String(row.text) };
}

/** What the handlers have in common: the token, and errors as JSON. */
abstract class ApiHandler extends RequestHandler {
  declare readonly kwargs: { notes: Notes; token: string };

  override prepare(): void {
    const { token } = this.kwargs;
    if (token === "" || isSame(this.request.headers.get("Authorization") ?? "", `Bearer ${token}`)) return;
    throw new HTTPError(401);
  }

  override writeError(statusCode: number): void {
    if (statusCode === 401) this.setHeader("WWW-Authenticate", "Bearer");
    this.finish({ error: ERRORS[statusCode] ?? `The request was refused (${statusCode})` });
  }

  /** Reads the text of the body, which is `{ "text": "..." }`. */
  text(): string {
    const body = this.getBodyJson();
    const text = typeof body === "object" && body !== null && "text" in body ? body.text : null;
    if (typeof text === "string" && text !== "" && text.length <= MAX_TEXT) return text;
    throw new HTTPError(422, `text is not a string of 1 to ${MAX_TEXT} characters`);
  }

  /** Finds a note by its number in the path. */
  note(id: string): Note {
    const note = this.kwargs.notes.find(Number(id));
    if (note === null) throw new HTTPError(404, "no note %s", { args: [id] });
    return note;
  }
}

/** Takes a time that says nothing of the place where two texts differ. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(left, right);
}

/** What every other path gets. */
class MissingHandler extends ApiHandler {
  override prepare(): void {
    super.prepare();
    throw new HTTPError(404);
  }
}

class ListHandler extends ApiHandler {
  override get(): void {
    this.write({ notes: this.kwargs.notes.list() });
  }

  override post(): void {
    const note = this.kwargs.notes.add(this.text());
    this.setStatus(201);
    this.setHeader("Location", `/notes/${note.id}`);
    this.write({ ...note });
  }
}

class NoteHandler extends ApiHandler {
  override get(id: string): void {
    this.write({ ...this.note(id) });
  }

  override put(id: string): void {
    const note = this.note(id);
    this.kwargs.notes.change(note.id, this.text());
    this.write({ ...this.note(id) });
  }

  override delete(id: string): void {
    this.kwargs.notes.remove(this.note(id).id);
    this.setStatus(204);
  }
}

/** The token of the options. */
function chosenToken(): string {
  if (token.value === "") appLog.warning("APP_TOKEN is not set: everybody may read and change the notes");
  return token.value;
}

/** Makes the application. */
export function makeApp(notes: Notes = new Notes(path.value), secret: string = chosenToken()): Application {
  const kwargs = { notes, token: secret };
  return new Application([
    ["/", ListHandler, kwargs],
    ["/notes", ListHandler, kwargs],
    [String.raw`/notes/(\d{1,15})`, NoteHandler, kwargs],
  ], { debug: debug.value, defaultHandlerClass: MissingHandler, defaultHandlerArgs: kwargs });
}
