// The parts of the page that come in numbers. Each is used twice: for what is there when the page is made, and, empty,
// in a <template> that the page's script fills for what comes later. So one place decides how a message looks.
import { UIModule } from "../../src/web/mod.ts";
import type { Message as ChatMessage, RoomEntry } from "./rooms.ts";

const BLANK: ChatMessage = { id: 0, key: "", author: "", text: "", time: 0 };

/** Something said; its time is that of the server until the script knows better. */
export class Message extends UIModule {
  override render(message: ChatMessage = BLANK): string {
    const when = new Date(message.time).toISOString();
    const isMine = message.author !== "" && message.author === this.currentUser;
    return this.renderString("modules/message.html", { message, when, isMine });
  }
}

/** Somebody who is in the room. */
export class Person extends UIModule {
  override render(name = ""): string {
    return this.renderString("modules/person.html", { name, isMe: name !== "" && name === this.currentUser });
  }
}

/** A link to a room. */
export class RoomLink extends UIModule {
  override render({ name, people }: RoomEntry = { name: "", people: 0 }, isHere = false): string {
    const href = name === "" ? "" : this.handler.reverseUrl("room", name);
    return this.renderString("modules/room_link.html", { name, href, people, isHere });
  }
}
