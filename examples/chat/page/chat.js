// The page's half of the chat: one request that waits for news, one that sends. The HTML of a message is the server's,
// whose template has escaped what people wrote.
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

/** Adds to a message what the server cannot know: the reader's clock and name. */
function complete(item) {
  const author = item.querySelector(".author").textContent;
  item.classList.toggle("own", author === byId("author").value);
  item.style.setProperty("--hue", hueOf(author));
  const clock = item.querySelector("time");
  clock.textContent = new Date(clock.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function show({ id, html }) {
  if (list.querySelector(`[data-id="${Number(id)}"]`)) return;
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.insertAdjacentHTML("beforeend", html);
  complete(list.lastElementChild);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function setState(state, text) {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
}

async function showRooms() {
  const { rooms } = await fetch("/api/rooms").then((response) => response.json());
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
  let { cursor } = list.dataset;
  let retry = FIRST_RETRY;
  while (true) {
    try {
      // Answered at once, unlike the other: now the server is known to be there.
      await showRooms();
      setState("live", "live");
      const response = await fetch(`${api}?cursor=${cursor}`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const news = await response.json();
      news.messages.forEach(show);
      cursor = news.cursor;
      retry = FIRST_RETRY;
    } catch {
      setState("waiting", `connection lost, next try in ${Math.ceil(retry / 1000)} s`);
      await new Promise((resolve) => setTimeout(resolve, retry));
      retry = Math.min(retry * 2, LAST_RETRY);
    }
  }
}

byId("compose").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!byId("author").value.trim() || !text) return;
  const body = new URLSearchParams(new FormData(event.target));
  byId("text").value = "";
  try {
    const response = await fetch(api, { method: "POST", body });
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

for (const item of list.children) complete(item);
list.scrollTop = list.scrollHeight;
follow();
