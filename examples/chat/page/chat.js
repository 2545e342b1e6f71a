// The page's half of the chat: one request that waits for news, one that sends. User text only ever becomes text nodes.
const room = location.pathname.split("/").at(-1);
const api = `/api/rooms/${room}/messages`;
const SUGGESTED = ["lobby", "tea", "deno"];
const FIRST_RETRY = 500;
const LAST_RETRY = 15_000;

const byId = (id) => document.getElementById(id);
const list = byId("messages");

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

function hueOf(name) {
  let hue = 7;
  for (const char of name) hue = (hue * 31 + char.codePointAt(0)) % 360;
  return hue;
}

function show({ id, author, text, time }) {
  if (list.querySelector(`[data-id="${Number(id)}"]`)) return;
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const item = document.createElement("li");
  item.dataset.id = id;
  item.classList.toggle("own", author === byId("author").value);
  item.style.setProperty("--hue", hueOf(author));
  const when = new Date(time);
  const clock = element("time", "", when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  clock.dateTime = when.toISOString();
  item.append(element("span", "author", author), clock, element("p", "", text));
  list.append(item);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function setState(state, text) {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
}

async function showRooms() {
  const { rooms } = await fetch("/api/rooms").then((response) => response.json()).catch(() => ({ rooms: [] }));
  const messages = new Map(rooms.map(({ name, messages }) => [name, messages]));
  const names = [...new Set([...SUGGESTED, room, ...messages.keys()])];
  byId("rooms").replaceChildren(...names.map((name) => {
    const link = element("a", "", `# ${name}`);
    link.href = `/rooms/${encodeURIComponent(name)}`;
    if (name === room) link.setAttribute("aria-current", "page");
    link.append(element("small", "", messages.get(name) || ""));
    return link;
  }));
}

async function follow() {
  let query = "";
  let retry = FIRST_RETRY;
  while (true) {
    try {
      const response = await fetch(api + query);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const news = await response.json();
      news.messages.forEach(show);
      query = `?cursor=${news.cursor}`;
      retry = FIRST_RETRY;
      setState("live", "live");
      showRooms();
    } catch {
      setState("waiting", `connection lost, next try in ${Math.ceil(retry / 1000)} s`);
      await new Promise((resolve) => setTimeout(resolve, retry));
      retry = Math.min(retry * 2, LAST_RETRY);
    }
  }
}

byId("title").textContent = `# ${room}`;
document.title = `${room} · Twister chat`;
byId("author").value = localStorage.getItem("author") ?? "";

byId("compose").addEventListener("submit", async (event) => {
  event.preventDefault();
  const author = byId("author").value.trim();
  const text = byId("text").value.trim();
  if (!author || !text) return;
  localStorage.setItem("author", author);
  byId("text").value = "";
  try {
    const response = await fetch(api, { method: "POST", body: new URLSearchParams({ author, text }) });
    if (!response.ok) throw new Error(`status ${response.status}`);
  } catch {
    byId("text").value ||= text;
    setState("waiting", "not sent, try again");
  }
});

byId("open").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = byId("open-name").value.trim().toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  if (name) location.assign(`/rooms/${name}`);
});

showRooms();
follow();
