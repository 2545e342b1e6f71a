// The page's half of the board: pens, cursors, people, and the buttons. What people call themselves only becomes text nodes.
import { Connection } from "../../shared/connection.js";
import * as format from "./format.js";
import { Picture } from "./picture.js";
import { Smoother } from "./smooth.js";

/** More often than a screen shows it, or with more fingers than a hand has, points are not sent. */
const SEND_EVERY = 15;
const CURSOR_EVERY = 40;
const MAX_POINTERS = 5;
/** The server refuses strokes of more than 4000 points: a longer one goes on as the next. */
const LONG_STROKE = 2000;

const byId = (id) => document.getElementById(id);
const sheet = byId("sheet");
const picture = new Picture(byId("picture"));
const name = location.pathname.split("/").at(-1);

const people = new Map();
/** Strokes being drawn here, by pointer. */
const pens = new Map();
let me = 0;
/** Whether the picture has come: before that there is nothing to draw on. */
let live = false;
let lastNumber = 0;
/** Where one's own cursor is, as long as nobody has been told. */
let unsaid = null;
let lastSend = 0;
let lastCursor = 0;
let frameAsked = false;

const connection = new Connection(
  () => {
    const query = new URLSearchParams({ name: byId("name").value.trim() });
    return `${location.origin.replace(/^http/, "ws")}/boards/${name}/socket?${query}`;
  },
  (data) => typeof data === "string" ? control(JSON.parse(data)) : drawn(format.readMessage(data)),
  setState,
);

function setState(state, text) {
  live = state === "live";
  if (!live) pens.clear();
  byId("state").dataset.state = state;
  byId("state").textContent = text;
}

function control(message) {
  if (message.type === "welcome") {
    me = message.you;
    lastNumber = 0;
    for (const id of people.keys()) forget(id);
    message.people.forEach(meet);
  } else if (message.type === "person") meet(message.person);
  else if (message.type === "left") {
    forget(message.person);
    picture.finish(message.person);
  } else if (message.type === "removed") picture.remove(message.strokes);
  else if (message.type === "cleared") {
    picture.clear();
    byId("news").textContent = `${people.get(message.person)?.name ?? "Somebody"} has cleared the board`;
  }
  describe();
}

function drawn({ kind, person, number, ink, points, strokes }) {
  if (kind === format.PICTURE) {
    picture.replace(strokes);
    setState("live", "live");
  } else if (kind === format.BEGIN) picture.add({ person, number, ink, points, finished: false });
  else if (kind !== format.CURSOR) picture.extend(person, number, points, kind === format.END);
  if (kind !== format.PICTURE && (kind === format.CURSOR || points.length > 0)) moveCursor(person, points.slice(-2));
  if (kind === format.PICTURE || kind === format.BEGIN) describe();
}

function describe() {
  const strokes = picture.size === 1 ? "1 stroke" : `${picture.size} strokes`;
  byId("picture").setAttribute("aria-label", `Drawing ${name}: ${strokes}`);
  byId("hint").hidden = picture.size > 0 || pens.size > 0;
}

// People and their cursors.

function meet(person) {
  const { id, hue } = person;
  const known = people.get(id) ?? { badge: document.createElement("li"), cursor: makeCursor() };
  for (const node of [known.badge, known.cursor]) node.style.setProperty("--hue", hue);
  known.badge.textContent = id === me ? `${person.name} (you)` : person.name;
  known.cursor.lastElementChild.textContent = person.name;
  people.set(id, { ...known, name: person.name });
  if (id === me) {
    byId("people").prepend(known.badge);
    if (byId("name").value === "") byId("name").placeholder = person.name;
  } else if (!known.badge.isConnected) {
    byId("people").append(known.badge);
    byId("cursors").append(known.cursor);
  }
}

function forget(id) {
  people.get(id)?.badge.remove();
  people.get(id)?.cursor.remove();
  people.delete(id);
}

function makeCursor() {
  const cursor = byId("cursor").content.firstElementChild.cloneNode(true);
  cursor.hidden = true;
  return cursor;
}

function moveCursor(person, [x, y]) {
  const cursor = people.get(person)?.cursor;
  if (cursor === undefined) return;
  cursor.hidden = x === undefined;
  cursor.style.left = `${x / format.SHEET_WIDTH * 100}%`;
  cursor.style.top = `${y / format.SHEET_HEIGHT * 100}%`;
}

// Pens: a mouse, a stylus, or several fingers. Their points leave with the next frame.

function pointOf({ clientX, clientY }) {
  const { left, top, width } = sheet.getBoundingClientRect();
  const unit = (value, most) => Math.round(Math.min(most, Math.max(0, value / width * format.SHEET_WIDTH)));
  return [unit(clientX - left, format.SHEET_WIDTH), unit(clientY - top, format.SHEET_HEIGHT)];
}

function chosenInk() {
  const { color, width } = Object.fromEntries(new FormData(byId("tools")));
  return {
    color: Number.parseInt((color === "own" ? byId("own-color").value : color).slice(1), 16),
    width: Number(width),
  };
}

function lower(pointerId, points, ink, curve) {
  const stroke = { person: me, number: ++lastNumber, ink, points: [...points], finished: false };
  picture.begin(stroke);
  pens.set(pointerId, { stroke, curve, fresh: [...points], begun: false, ended: false });
}

function draw(pen, points, ended) {
  const { person, number } = pen.stroke;
  pen.fresh.push(...points);
  pen.ended = ended;
  picture.extend(person, number, points, ended);
  askForFrame();
}

function lift(pointerId) {
  const pen = pens.get(pointerId);
  if (pen !== undefined && !pen.ended) draw(pen, pen.curve.finish(), true);
}

/** Sends what the pen has drawn since the last frame, and returns whether there is more to come. */
function sendPen({ stroke, fresh, begun, ended }) {
  if (!picture.has(stroke)) return false;
  const most = format.MAX_MESSAGE_POINTS * 2;
  const message = (kind) =>
    connection.send(format.strokeMessage(kind, stroke.number, fresh.splice(0, most), stroke.ink));
  if (!begun) message(format.BEGIN);
  while (fresh.length > 0) message(format.MORE);
  if (ended) message(format.END);
  return !ended;
}

function askForFrame() {
  if (frameAsked) return;
  frameAsked = true;
  requestAnimationFrame((now) => {
    frameAsked = false;
    sendFrame(now);
  });
}

function sendFrame(now) {
  if (now - lastSend < SEND_EVERY) return askForFrame();
  lastSend = now;
  for (const [pointerId, pen] of pens) {
    const more = sendPen(pen);
    pen.begun = true;
    if (!more) pens.delete(pointerId);
    else if (pen.stroke.points.length > LONG_STROKE * 2) {
      draw(pen, [], true);
      sendPen(pen);
      lower(pointerId, pen.stroke.points.slice(-2), pen.stroke.ink, pen.curve);
    }
  }
  if (unsaid === null) return;
  if (now - lastCursor < CURSOR_EVERY) return askForFrame();
  lastCursor = now;
  connection.send(format.cursorMessage(unsaid));
  unsaid = null;
}

sheet.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !live || pens.size >= MAX_POINTERS) return;
  // Else a finger scrolls, and a mouse marks text.
  event.preventDefault();
  if (document.activeElement !== document.body) document.activeElement?.blur();
  sheet.setPointerCapture(event.pointerId);
  // Two taps within one frame: the first is not sent yet.
  if (pens.has(event.pointerId)) sendPen(pens.get(event.pointerId));
  const point = pointOf(event);
  lower(event.pointerId, point, chosenInk(), new Smoother(point));
  describe();
  askForFrame();
});

sheet.addEventListener("pointermove", (event) => {
  const pen = pens.get(event.pointerId);
  if (pen !== undefined && !pen.ended) {
    // A mouse or a stylus reports more often than the screen is drawn.
    const events = event.getCoalescedEvents?.() ?? [];
    draw(pen, (events.length > 0 ? events : [event]).flatMap((one) => pen.curve.add(pointOf(one))), false);
  } else {
    unsaid = pointOf(event);
    askForFrame();
  }
});

for (const type of ["pointerup", "pointercancel"]) {
  sheet.addEventListener(type, ({ pointerId }) => lift(pointerId));
}

sheet.addEventListener("pointerleave", () => {
  unsaid = [];
  askForFrame();
});

// The buttons.

const undo = () => connection.send(JSON.stringify({ type: "undo" }));
byId("undo").addEventListener("click", undo);

document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type === "text") return;
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  event.preventDefault();
  undo();
});

byId("clear").addEventListener("click", () => byId("sure").showModal());
byId("sure").addEventListener("close", () => {
  if (byId("sure").returnValue === "clear") connection.send(JSON.stringify({ type: "clear" }));
  byId("sure").returnValue = "";
});

byId("own-color").addEventListener("input", () => byId("own").checked = true);

byId("save").addEventListener("click", () => {
  const copy = document.createElement("canvas");
  copy.width = byId("picture").width;
  copy.height = byId("picture").height;
  const context = copy.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(byId("picture"), 0, 0);
  const link = document.createElement("a");
  link.href = copy.toDataURL("image/png");
  link.download = `${name}.png`;
  link.click();
});

byId("name").value = localStorage.getItem("name") ?? "";
byId("name").addEventListener("change", () => {
  const value = byId("name").value.trim();
  localStorage.setItem("name", value);
  if (value !== "") connection.send(JSON.stringify({ type: "name", name: value }));
});
byId("who").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("name").blur();
});

byId("open").addEventListener("submit", (event) => {
  event.preventDefault();
  const other = byId("open-name").value.trim().toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  if (other) location.assign(`/boards/${other}`);
});
