// The list of messages. The text of people only ever becomes text nodes; the markup is that of the server's template.
import { blank, paint } from "./picture.js";

/** Older messages leave the page; the server keeps fewer. */
const MAX_SHOWN = 500;
/** Messages of one person that are at most so many milliseconds apart are one block. */
const BLOCK = 5 * 60_000;
/** Who comes back within so many milliseconds, or is gone again, was only loading the page anew. */
const RELOAD = 10_000;
/** How many are named of those who come and go at the same time. */
const MAX_NAMED = 4;
/** Pixels from the end within which a reader counts as being there. */
const NEAR_END = 80;

const LINK = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/g;
const BIG = /^\p{RGI_Emoji}{1,3}$/v;

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });

export class Talk {
  #log;
  #list;
  #latest;
  #me;
  #isAtEnd = true;

  /** `log` scrolls, and has the list of what the server has said already; `latest` is the button that leads to its end. */
  constructor(log, latest, me) {
    this.#log = log;
    this.#list = log.querySelector("ol");
    this.#latest = latest;
    this.#me = me;
    for (const item of this.#list.children) finish(item);
    this.#arrange();
    log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    latest.addEventListener("click", () => this.#toEnd());
    // The end stays in sight when a keyboard opens, or the text that is being written grows.
    new ResizeObserver(() => this.#isAtEnd && this.#toEnd()).observe(log);
    this.#toEnd();
  }

  /** The id of the newest message, 0 without one. */
  get lastId() {
    return Math.max(0, ...[...this.#list.children].map((item) => Number(item.dataset.id ?? 0)));
  }

  /** Who `mine` is, from now on. */
  set me(name) {
    this.#me = name;
  }

  /** Shows messages that the server has, each once, and returns how many are news of others. */
  show(messages) {
    let news = 0;
    for (const message of messages) {
      const shown = this.#find(message.key);
      if (shown === null) {
        this.#insert(this.#item(message));
        if (message.author !== this.#me) news++;
      } else if (shown.classList.contains("waiting")) this.#confirm(shown, message);
    }
    while (this.#list.children.length > MAX_SHOWN) this.#list.firstElementChild.remove();
    this.#changed();
    if (news > 0 && !this.#isAtEnd) this.#latest.hidden = false;
    return news;
  }

  /** Shows what the server does not have yet. */
  showWaiting({ key, text }) {
    if (this.#find(key) !== null) return;
    const item = this.#item({ id: 0, key, author: this.#me, text, time: Date.now() });
    item.classList.add("waiting");
    this.#list.append(item);
    this.#arrange();
    this.#toEnd();
  }

  /** The server says that it has had this for long. */
  confirm(key) {
    const item = this.#find(key);
    if (item !== null) this.#confirm(item, null);
    this.#changed();
  }

  /** Takes away what the server will not have, and returns its text. */
  takeBack(key) {
    const item = this.#find(key);
    item?.remove();
    this.#changed();
    return item?.querySelector(".text").textContent ?? "";
  }

  /** Tells that something is missing at this place. */
  showGap() {
    if (this.#list.children.length > 0) this.#insert(note("Some messages are missing here"));
  }

  /** Tells that somebody joined or left, in one line with those who did so just before. */
  showComing(name, what) {
    const last = this.#lastConfirmed();
    const comings = JSON.parse(last?.dataset.comings ?? "null");
    const item = comings === null ? note("") : last;
    const before = comings?.find(([who]) => who === name);
    const others = comings?.filter(([who]) => who !== name) ?? [];
    const isUndone = before !== undefined && Date.now() - before[2] < RELOAD;
    const now = isUndone ? others : [...others, [name, what, Date.now()]];
    item.dataset.comings = JSON.stringify(now);
    item.textContent = now.length > MAX_NAMED
      ? `${now.length} people joined or left`
      : now.map(([who, did]) => `${who} ${did}`).join(" · ");
    if (now.length === 0) item.remove();
    else if (comings === null) this.#insert(item);
    this.#changed();
  }

  #item(message) {
    const item = blank("message-template");
    item.dataset.key = message.key;
    item.querySelector(".author").textContent = message.author;
    item.querySelector(".text").textContent = message.text;
    item.classList.toggle("mine", message.author === this.#me);
    stamp(item, message);
    finish(item);
    return item;
  }

  #confirm(item, message) {
    if (message !== null) stamp(item, message);
    item.classList.remove("waiting");
    // Only what overtook another has to move: moving makes screen readers read it again.
    const next = this.#list.querySelector(".waiting");
    if (next !== null && next.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING) next.before(item);
    finish(item);
  }

  #find(key) {
    return this.#list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  /** Adds an item to what the server has, which stands before what waits for it. */
  #insert(item) {
    this.#list.insertBefore(item, this.#list.querySelector(".waiting"));
  }

  #lastConfirmed() {
    return this.#list.querySelector(".waiting")?.previousElementSibling ?? this.#list.lastElementChild;
  }

  #changed() {
    this.#arrange();
    if (this.#isAtEnd) this.#toEnd();
  }

  #toEnd() {
    if (this.#list.querySelector(".message") === null) return;
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#scrolled();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.#isAtEnd) this.#latest.hidden = true;
  }

  /** Joins what one person said in a row, and names the days. */
  #arrange() {
    let before = { author: null, time: 0, day: "" };
    for (const item of this.#list.children) {
      if (item.classList.contains("note")) {
        before = { ...before, author: null };
        continue;
      }
      const now = about(item);
      const isNewDay = now.day !== before.day;
      item.classList.toggle("follows", !isNewDay && now.author === before.author && now.time - before.time < BLOCK);
      if (isNewDay) item.dataset.day = now.day;
      else delete item.dataset.day;
      before = now;
    }
  }
}

function about(item) {
  const when = new Date(item.querySelector("time").dateTime);
  const isToday = when.toDateString() === new Date().toDateString();
  return {
    author: item.querySelector(".author").textContent,
    time: when.getTime(),
    day: isToday ? "Today" : day.format(when),
  };
}

function stamp(item, { id, time }) {
  item.dataset.id = id;
  item.querySelector("time").dateTime = new Date(time).toISOString();
}

/** Does what the template leaves to us: the reader's clock, the picture, links, and large emoji. */
function finish(item) {
  const time = item.querySelector("time");
  time.textContent = clock.format(new Date(time.dateTime));
  paint(item, item.querySelector(".author").textContent);
  const text = item.querySelector(".text");
  item.classList.toggle("big", BIG.test(text.textContent));
  if (text.firstElementChild === null) text.replaceChildren(...linked(text.textContent));
}

/** A text as nodes, with its addresses as links. */
function linked(text) {
  const nodes = [];
  let at = 0;
  for (const { 0: address, index } of text.matchAll(LINK)) {
    const link = document.createElement("a");
    link.href = link.textContent = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    nodes.push(text.slice(at, index), link);
    at = index + address.length;
  }
  return [...nodes, text.slice(at)];
}

function note(text) {
  const item = document.createElement("li");
  item.className = "note";
  item.textContent = text;
  return item;
}
