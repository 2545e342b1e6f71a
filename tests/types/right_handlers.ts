// A program without a mistake: handlers of every form. It has to compile; nothing runs it.
import {
  Application,
  authenticated,
  type Bytes,
  type Chunk,
  HTTPError,
  removeslash,
  RequestHandler,
  type RequestHandlerClass,
  streamRequestBody,
  UIModule,
  url,
} from "../../src/web/mod.ts";

interface User {
  readonly name: string;
  readonly isAdmin: boolean;
}

class Database {
  readonly users: Map<string, User> = new Map();
  async find(name: string): Promise<User | null> {
    return await Promise.resolve(this.users.get(name) ?? null);
  }
}

/** The arguments of the rule, as fields that need no `initialize`. */
abstract class SiteHandler extends RequestHandler {
  declare readonly kwargs: { db: Database; title?: string };

  get db(): Database {
    return this.kwargs.db;
  }

  override getCurrentUser(): User | null {
    return this.db.users.get(this.getSignedCookieText("user") ?? "") ?? null;
  }

  /** Who is logged in, where somebody must be. */
  get user(): User {
    if (this.currentUser === null) throw new HTTPError(403);
    return this.currentUser;
  }

  get userName(): string {
    return this.currentUser?.name ?? "nobody";
  }
}

class Profile extends SiteHandler {
  @authenticated
  override get(): void {
    const { currentUser } = this;
    if (currentUser === null) return;
    greet(currentUser);
    this.write(currentUser);
  }

  @removeslash
  @authenticated
  override async post(id: string, rest: string | null): Promise<void> {
    this.currentUser = await this.db.find(id);
    if (this.currentUser !== null) greet(this.currentUser);
    this.write({ user: this.currentUser, rest, title: this.kwargs.title ?? "" });
  }
}

/** A subclass of a subclass, with one more argument. */
class Admin extends SiteHandler {
  declare readonly kwargs: { db: Database; level: number };

  override prepare(): void | Promise<void> {
    if (!this.user.isAdmin || this.kwargs.level > 3) throw new HTTPError(403);
  }

  override get(): void {
    this.write(this.userName);
  }
}

/** `initialize` and `kwargs` side by side. */
class Both extends SiteHandler {
  #color = "";

  override initialize({ color }: { color: string }): void {
    this.#color = color;
  }

  override put(): void {
    this.write(this.#color);
  }
}

/** A user whom `prepare` waits for. */
class Waiting extends RequestHandler {
  declare readonly kwargs: { db: Database };

  override getCurrentUser(): User | null {
    return null;
  }

  override async prepare(): Promise<void> {
    this.currentUser = await this.kwargs.db.find("ada");
  }

  override get(): void {
    this.write(this.currentUser?.name ?? "");
  }
}

// deno-lint-ignore no-explicit-any -- TypeScript asks for it of the constructor that a mixin extends
type Constructor<Handler> = new (...args: any[]) => Handler;

function withJson<Base extends Constructor<RequestHandler>>(base: Base) {
  return class extends base {
    reply(value: Chunk): void {
      this.setHeader("Cache-Control", "no-store");
      this.write(value);
    }
  };
}

class JsonProfile extends withJson(SiteHandlerBase()) {
  override get(): void {
    this.reply({ name: this.userName, settings: this.settings.debug ?? false });
  }
}

function SiteHandlerBase(): typeof SiteHandlerForMixin {
  return SiteHandlerForMixin;
}

class SiteHandlerForMixin extends SiteHandler {}

@streamRequestBody
class Upload extends SiteHandler {
  #size = 0;

  override dataReceived(chunk: Bytes): void {
    this.#size += chunk.length;
  }

  override put({ name }: { name: string }): void {
    this.write({ name, size: this.#size });
  }
}

class Writes extends RequestHandler {
  override post(): void {
    const text: string = this.getBodyText();
    const json: unknown = this.getBodyJson();
    const list: number[] = [1];
    const user: User = { name: text, isAdmin: false };
    const record: Record<string, unknown> = { list };
    const anything: object = { json };
    const either: string | User = text === "" ? text : user;
    this.write(text);
    this.write(new Uint8Array(3));
    this.write({ list, nested: { list: new Set(list) } });
    this.write(user);
    this.write(record);
    this.write(anything);
    this.write(either);
    this.write(new Date());
    this.write(text === "" ? { a: 1 } : { b: "2" });
    this.finish(user);
  }

  override delete(): Promise<void> {
    return this.finish();
  }

  override write(chunk: Chunk): void {
    super.write(chunk);
  }

  override finish(chunk?: string | Bytes | User): Promise<void> {
    return super.finish(chunk);
  }
}

class Badge extends UIModule<Profile> {
  override render(): string {
    const user = this.currentUser;
    return user === null ? "" : user.name;
  }
}

function greet(user: User): string {
  return `Hello, ${user.name}`;
}

const db = new Database();

/** A handler that is chosen as the program runs. */
function one(path: string, handler: RequestHandlerClass): Application {
  return new Application([[path, handler]], { uiModules: [{ Badge }] });
}

const app = new Application([
  ["/", Profile, { db }],
  ["/titled", Profile, { db, title: "Me" }],
  ["/admin", Admin, { db, level: 1 }],
  ["/both", Both, { db, color: "red" }],
  ["/waiting", Waiting, { db }],
  ["/mixin", JsonProfile, { db }],
  ["/upload/(?P<name>.*)", Upload, { db }],
  ["/writes", Writes],
  url("/url/admin", Admin, { kwargs: { db, level: 2 } }),
  url("/url/both", Both, { kwargs: { db, color: "blue", title: "Both" } }),
]);
const others: Application[] = [app, one("/", Writes), one("/w", Upload)];
greet({ name: String(others.length), isAdmin: true });
