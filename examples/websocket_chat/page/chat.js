// Puts the page together: what comes from the connection is shown, what is written goes to it.
import { Connection } from "./connection.js";
import { paint } from "./picture.js";
import { People, RoomList, TypingLine } from "./sidebar.js";
import { Talk } from "./talk.js";

/** The others are told at most every so many milliseconds that somebody is writing. */
const TYPING_PAUSE = 2500;

const byId = (id) => document.getElementById(id);
const { room } = document.body.dataset;
const title = document.title;
let me = document.body.dataset.me;
let unread = 0;
/** Who was there when the connection was lost, and is not back yet: no news when they are. */
let missing = [];
/** When the others were last told that we are writing. */
let told = 0;

const talk = new Talk(byId("log"), byId("latest"), me);
const people = new People(byId("people"), document.querySelectorAll(".people-count"), me);
const rooms = new RoomList(byId("rooms"), room);
const typing = new TypingLine(byId("typing"));
const compose = byId("compose");
const text = byId("text");

const socketUrl = new URL(`/socket/${encodeURIComponent(room)}`, location.href);
socketUrl.protocol = socketUrl.protocol.replace("http", "ws");

const connection = new Connection({
  url: socketUrl.href,
  life: document.body.dataset.life,
  lastId: talk.lastId,
  store: sessionStorage,
  storeKey: `outbox of ${room}`,
  onMessage: take,
  onState: showState,
  // Another window may have changed the name, which is this window's too then. No name at all is that of a server who has not met us.
  isKnown: (name) => name !== null || me === "",
  introduce,
});

function take(message) {
  switch (message.type) {
    case "welcome":
      if (message.you !== null) setName(message.you);
      if (!message.complete) talk.showGap();
      missing = [...missing, ...people.names].filter((name) => !message.people.includes(name));
      people.show(message.people);
      rooms.show(message.rooms);
      return count(talk.show(message.messages));
    case "message":
      typing.stop(message.message.author);
      return count(talk.show([message.message]));
    case "said":
      return talk.confirm(message.key);
    case "refused":
      return refused(message);
    case "joined":
      people.joined(message.name);
      if (!missing.includes(message.name)) return talk.showComing(message.name, "joined");
      missing = missing.filter((name) => name !== message.name);
      return;
    case "left":
      typing.stop(message.name);
      people.left(message.name);
      return talk.showComing(message.name, "left");
    case "typing":
      if (message.name !== me) typing.start(message.name);
      return;
    case "room":
      return rooms.change(message.room);
  }
}

/** Gives back to the writer what the server will not have. */
function refused({ key, reason }) {
  const rest = key === null ? "" : talk.takeBack(key);
  if (compose !== null) text.value ||= rest;
  notify(`Not sent: ${reason}`);
}

function notify(what) {
  byId("notice").textContent = what;
  byId("notice").hidden = what === "";
}

function showState(state, seconds, reason) {
  const words = { connecting: "Connecting", live: "Connected", waiting: `Trying again in ${Math.ceil(seconds)} s` };
  byId("state").dataset.state = state;
  byId("state").textContent = words[state];
  if (state === "connecting") return;
  byId("away").hidden = state === "live";
  byId("why").textContent = reason || "The connection is lost";
}

function setName(name) {
  if (name === me) return;
  // A name was chosen in another window: this one gets the form to write in, too.
  if (compose === null) return location.reload();
  me = talk.me = people.me = name;
  byId("me").textContent = name;
  paint(document.querySelector(".me"), name);
}

/** Sends the form with our name to a server that does not know it. */
function introduce() {
  const form = new FormData(document.querySelector(".name-form"));
  form.set("name", me);
  return fetch(location.pathname, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
}

function count(news) {
  unread = document.hidden ? unread + news : 0;
  document.title = unread === 0 ? title : `(${unread}) ${title}`;
}

function say() {
  if (text.value.trim() === "") return;
  const saying = connection.say(text.value.trim());
  if (saying === null) return notify("Too much is waiting to be sent. Try again when the connection is back.");
  notify("");
  talk.showWaiting(saying);
  text.value = "";
  told = 0;
}

if (compose !== null) {
  paint(document.querySelector(".me"), me);
  for (const saying of connection.outbox) talk.showWaiting(saying);
  compose.addEventListener("submit", (event) => {
    event.preventDefault();
    say();
    text.focus();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    say();
  });
  text.addEventListener("input", () => {
    if (text.value === "" || Date.now() - told < TYPING_PAUSE) return;
    told = Date.now();
    connection.typing();
  });
}

byId("retry").addEventListener("click", () => connection.retry());
// A connection over the network that was there before is dead, though nobody has told it.
addEventListener("online", () => connection.connect());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  count(0);
  connection.retry();
});
addEventListener("pagehide", () => connection.close());
addEventListener("pageshow", ({ persisted }) => persisted && connection.connect());
connection.connect();
