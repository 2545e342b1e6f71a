// The chat's routes: a page, its two files, and two calls for each room, one of which waits.
import { fileRoutes } from "../shared/files.ts";
import { DictLoader } from "../../src/template/mod.ts";
import { Application, HTTPError, RequestHandler, UIModule } from "../../src/web/mod.ts";
import script from "./page/chat.js" with { type: "text" };
import style from "./page/chat.css" with { type: "text" };
import type { Message, Room, Rooms } from "./room.ts";
import messageTemplate from "./templates/message.html" with { type: "text" };
import roomTemplate from "./templates/room.html" with { type: "text" };

/** A proxy in between may cut a connection that is silent for 30 s or more: answer before it does. */
const HOLD_SECONDS = 25;
const MAX_AUTHOR = 40;
const MAX_TEXT = 2000;
const AUTHOR_COOKIE = "author";

interface ChatContext {
  readonly rooms: Rooms;
}

abstract class ChatHandler extends RequestHandler {
  declare readonly kwargs: ChatContext;

  get rooms(): Rooms {
    return this.kwargs.rooms;
  }

  /** The name that this browser used last, `null` if it has not said anything yet. */
  override getCurrentUser(): string | null {
    return this.getSignedCookieText(AUTHOR_COOKIE);
  }

  override setDefaultHeaders(): void {
    this.setHeader("Cache-Control", "no-store");
  }

  /** @throws {HTTPError} 503 when no more rooms can be made. */
  room(name: string): Room {
    const room = this.rooms.open(name);
    if (room === null) throw new HTTPError(503);
    return room;
  }
}

class FrontHandler extends RequestHandler {
  override get(): void {
    this.redirect("/rooms/lobby");
  }
}

/** The page of a room, with what was said so far; its script asks for the rest. */
class RoomHandler extends ChatHandler {
  override get(name: string): void {
    const room = this.room(name);
    this.setHeader("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'");
    this.render("room.html", { name, messages: room.after(0), cursor: room.lastId });
  }
}

class RoomListHandler extends ChatHandler {
  override get(): void {
    this.write({ rooms: this.rooms.list() });
  }
}

class MessagesHandler extends ChatHandler {
  readonly #end = new AbortController();

  /** Answers with the messages after `cursor` and waits for the first one; without a cursor, with all there are. */
  override async get(name: string): Promise<void> {
    const room = this.room(name);
    const named = this.getQueryArgument("cursor", null);
    const cursor = Number(named ?? "0");
    if (!Number.isSafeInteger(cursor) || cursor < 0) throw new HTTPError(400);
    let messages = room.after(cursor);
    if (named !== null && messages.length === 0) {
      const timer = setTimeout(() => this.#end.abort(), HOLD_SECONDS * 1000);
      await room.wait(this.#end.signal);
      clearTimeout(timer);
      messages = room.after(cursor);
    }
    this.write({ messages: messages.map((message) => this.#withHtml(message)), cursor: room.lastId });
  }

  override post(name: string): void {
    const author = this.getBodyArgument("author", this.getCurrentUser() ?? "");
    const text = this.getBodyArgument("text");
    if (author === "" || author.length > MAX_AUTHOR || text === "" || text.length > MAX_TEXT) throw new HTTPError(400);
    const message = this.room(name).add(author, text);
    const secure = this.request.protocol === "https";
    this.setSignedCookie(AUTHOR_COOKIE, author, { httponly: true, samesite: "Lax", secure });
    // A browser that does not run the page's script sends the form itself, and wants to see the page again.
    if (this.request.headers.get("Accept")?.includes("text/html")) {
      return this.redirect(`/rooms/${name}`, { status: 303 });
    }
    this.setStatus(201);
    this.write({ message: this.#withHtml(message) });
  }

  override onConnectionClose(): void {
    this.#end.abort();
  }

  override onDrain(): void {
    this.#end.abort();
  }

  #withHtml(message: Message): Message & { html: string } {
    return { ...message, html: this.renderString("message.html", { message }) };
  }
}

/** A message on the page. */
class MessageModule extends UIModule {
  override render(message: Message): string {
    return this.renderString("message.html", { message });
  }
}

/** The chat over a set of rooms. */
export function makeChat(rooms: Rooms): Application {
  const context: ChatContext = { rooms };
  const room = String.raw`([a-z0-9][a-z0-9-]{0,29})`;
  return new Application([
    ["/", FrontHandler],
    [`/rooms/${room}`, RoomHandler, context],
    ["/api/rooms", RoomListHandler, context],
    [`/api/rooms/${room}/messages`, MessagesHandler, context],
    ...fileRoutes({ "/chat.css": style, "/chat.js": script }),
  ], {
    templateLoader: new DictLoader({ "room.html": roomTemplate, "message.html": messageTemplate }),
    uiModules: { Message: MessageModule },
    xsrfCookies: true,
    // Names are forgotten when the program ends, as the messages are.
    cookieSecret: crypto.getRandomValues(new Uint8Array(32)).toHex(),
  });
}
