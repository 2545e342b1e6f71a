// The pages: a room, whose form takes the name of who wants to talk in it.
import { HTTPError, RequestHandler } from "../../src/web/mod.ts";
import { cleanName, cleanRoomName, MAX_NAME, MAX_ROOM_NAME, MAX_TEXT } from "./protocol.ts";
import { FIRST_ROOMS, type Place, type Room, type Rooms } from "./rooms.ts";
import { keepVisitorName, visitorName } from "./visitor.ts";

const BEGINNING: Place = { life: "", id: 0 };

/** What may stand in the policy: a host is what the client says it is. */
const HOST = /^[\w.:[\]-]+$/;

/** A page, with a policy that lets nothing in but what this server has. */
abstract class PageHandler extends RequestHandler {
  override setDefaultHeaders(): void {
    const { host } = this.request;
    // Not all browsers take 'self' for a WebSocket of the same host.
    const sockets = HOST.test(host) ? `ws://${host} wss://${host}` : "";
    const policy = `default-src 'self'; connect-src 'self' ${sockets}; base-uri 'none'; form-action 'self'`;
    this.setHeader("Content-Security-Policy", `${policy}; frame-ancestors 'none'`);
    this.setHeader("X-Content-Type-Options", "nosniff");
    this.setHeader("Referrer-Policy", "no-referrer");
  }

  override getCurrentUser(): string | null {
    return visitorName(this);
  }
}

/** `/`: leads to the first room. */
export class FrontHandler extends PageHandler {
  override get(): void {
    this.redirect(this.reverseUrl("room", FIRST_ROOMS[0]));
  }
}

/** `/rooms?name=NAME`: leads to a room of that name, or of what can be made of it. */
export class OpenRoomHandler extends PageHandler {
  override get(): void {
    this.redirect(this.reverseUrl("room", cleanRoomName(this.getQueryArgument("name", "")) ?? FIRST_ROOMS[0]));
  }
}

/** `/rooms/NAME`: the room, with what was said in it so far. */
export class RoomHandler extends PageHandler {
  declare readonly kwargs: { rooms: Rooms };

  override get(name: string): void {
    const clean = cleanRoomName(name);
    if (clean === null) throw new HTTPError(404);
    if (clean !== name) return this.redirect(this.reverseUrl("room", clean));
    this.#show(name, null);
  }

  /** Takes the name of the visitor. */
  override post(room: string): void {
    if (cleanRoomName(room) !== room) throw new HTTPError(404);
    const name = cleanName(this.getBodyArgument("name", ""));
    if (name === null) {
      this.setStatus(400);
      return this.#show(room, `A name has 1 to ${MAX_NAME} letters, digits or signs.`);
    }
    keepVisitorName(this, name);
    // So that reloading the page does not ask whether to send the form again.
    this.redirect(this.request.path, { status: 303 });
  }

  #show(name: string, error: string | null): void {
    const { rooms } = this.kwargs;
    // Looking makes no room: the WebSocket of the page does.
    const room: Room | null = rooms.find(name);
    this.setHeader("Cache-Control", "no-store");
    this.render("room.html", {
      name,
      error,
      me: this.currentUser ?? "",
      rooms: rooms.list(),
      people: room?.people ?? [],
      life: room?.life ?? "",
      messages: room?.after(BEGINNING).messages ?? [],
      limits: { name: MAX_NAME, room: MAX_ROOM_NAME, text: MAX_TEXT },
    });
  }
}
