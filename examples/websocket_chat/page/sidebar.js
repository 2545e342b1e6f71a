// Who is in the room, and which rooms there are.
import { blank, paint } from "./picture.js";

/** Milliseconds that a sign of somebody writing lasts. */
const TYPING = 4000;

export class People {
  #list;
  #counts;
  #me;

  /** `counts`: the elements that say how many there are. */
  constructor(list, counts, me) {
    this.#list = list;
    this.#counts = counts;
    this.#me = me;
    for (const item of list.children) paint(item, item.dataset.name);
  }

  set me(name) {
    this.#me = name;
  }

  get names() {
    return [...this.#list.children].map((item) => item.dataset.name);
  }

  show(names) {
    this.#list.replaceChildren(...names.map((name) => this.#item(name)));
    this.#count();
  }

  joined(name) {
    this.#find(name)?.remove();
    this.#list.append(this.#item(name));
    this.#count();
  }

  left(name) {
    this.#find(name)?.remove();
    this.#count();
  }

  #item(name) {
    const item = blank("person-template");
    item.dataset.name = name;
    item.querySelector("bdi").textContent = name;
    item.querySelector(".you").hidden = name !== this.#me;
    paint(item, name);
    return item;
  }

  #find(name) {
    return this.#list.querySelector(`[data-name="${CSS.escape(name)}"]`);
  }

  #count() {
    for (const element of this.#counts) element.textContent = this.#list.children.length;
  }
}

export class RoomList {
  #list;
  #here;

  /** `here`: the name of the room that the page is in. */
  constructor(list, here) {
    this.#list = list;
    this.#here = here;
  }

  show(rooms) {
    this.#list.replaceChildren(...rooms.map((room) => this.#item(room)));
  }

  /** The number of people in a room has changed, or the room is new. */
  change(room) {
    const item = this.#item(room);
    const old = this.#list.querySelector(`[data-name="${CSS.escape(room.name)}"]`);
    if (old === null) this.#list.append(item);
    // The link stays: it may have the focus.
    else old.replaceChildren(...item.firstElementChild.childNodes);
  }

  #item({ name, people }) {
    const item = blank("room-template");
    const link = item.querySelector("a");
    link.dataset.name = name;
    link.href = `/rooms/${encodeURIComponent(name)}`;
    link.querySelector("bdi").textContent = name;
    link.querySelector(".number").textContent = people;
    link.querySelector(".count").hidden = people === 0;
    if (name === this.#here) link.setAttribute("aria-current", "page");
    return item;
  }
}

/** The line that tells who is writing. */
export class TypingLine {
  #element;
  #timers = new Map();

  constructor(element) {
    this.#element = element;
  }

  start(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(name, setTimeout(() => this.stop(name), TYPING));
    this.#show();
  }

  stop(name) {
    clearTimeout(this.#timers.get(name));
    if (this.#timers.delete(name)) this.#show();
  }

  #show() {
    const names = [...this.#timers.keys()];
    const who = names.length > 2
      ? "Several people are"
      : names.length === 2
      ? `${names.join(" and ")} are`
      : `${names[0]} is`;
    this.#element.textContent = names.length === 0 ? "" : `${who} writing`;
  }
}
