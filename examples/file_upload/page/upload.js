// The page's half: each file is a request of its own, with a bar and a way to cancel it. Without this script the form works, too.
const AT_ONCE = 3;
const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const uploads = document.getElementById("uploads");
const maxFile = Number(form.dataset.maxFile);
const waiting = [];
const running = new Set();

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function formatSize(bytes) {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4);
  const number = (bytes / 1024 ** power).toLocaleString("en", {
    roundingPriority: "morePrecision",
    maximumSignificantDigits: 3,
    maximumFractionDigits: 0,
  });
  return `${number} ${["bytes", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/** What is to be seen of one upload; `cancel` is what its button does. */
class Row {
  #bar = element("progress", { value: 0, max: 1 });
  #state = element("p", { textContent: "waiting" });
  #button = element("button", { type: "button", textContent: "Cancel" });
  #item;

  constructor(file, cancel) {
    this.#bar.setAttribute("aria-label", file.name);
    this.#item = element("li", {}, element("strong", { textContent: file.name }), this.#button, this.#bar, this.#state);
    this.#button.addEventListener("click", cancel);
    uploads.append(this.#item);
  }

  progress(sent, size, seconds) {
    this.#bar.value = size === 0 ? 1 : sent / size;
    const speed = seconds > 0.5 ? `, ${formatSize(sent / seconds)}/s` : "";
    this.#state.textContent = sent < size
      ? `${formatSize(sent)} of ${formatSize(size)}${speed}`
      : "sent, waiting for the answer";
  }

  fail(text) {
    this.#item.className = "failed";
    this.#state.textContent = text;
    this.#bar.remove();
    this.#button.textContent = "Dismiss";
  }

  remove() {
    this.#item.remove();
  }
}

/** One file on its way. */
class Upload {
  #file;
  #request = new XMLHttpRequest();
  #row;

  constructor(file) {
    this.#file = file;
    this.#row = new Row(file, () => this.#cancel());
    if (file.size <= maxFile) waiting.push(this);
    else this.#row.fail(`larger than ${formatSize(maxFile)}`);
  }

  start() {
    const start = performance.now();
    const body = new FormData();
    body.set("file", this.#file);
    const request = this.#request;
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      this.#row.progress(loaded, total, (performance.now() - start) / 1000);
    });
    request.addEventListener("load", () => this.#answered());
    request.addEventListener("error", () => this.#row.fail("the connection was lost"));
    request.addEventListener("loadend", () => {
      running.delete(this);
      startNext();
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.send(body);
  }

  async #answered() {
    const { status, response } = this.#request;
    if (status !== 201) return this.#row.fail(response?.error ?? `the server refuses it (status ${status})`);
    await showFiles();
    this.#row.remove();
  }

  #cancel() {
    const place = waiting.indexOf(this);
    if (place !== -1) waiting.splice(place, 1);
    this.#request.abort();
    this.#row.remove();
  }
}

function startNext() {
  while (running.size < AT_ONCE && waiting.length > 0) {
    const upload = waiting.shift();
    running.add(upload);
    upload.start();
  }
}

function add(files) {
  for (const file of files) new Upload(file);
  startNext();
}

let asked = 0;
let shown = 0;

/** The server makes the list; this takes it out of the page as it is now. */
async function showFiles() {
  const turn = ++asked;
  const response = await fetch("/", { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  // Two answers may overtake each other.
  if (turn < shown) return;
  shown = turn;
  document.getElementById("files").replaceWith(page.getElementById("files"));
}

document.documentElement.classList.add("scripted");

chosen.addEventListener("change", () => {
  add(chosen.files);
  // So that the same file can be chosen again.
  chosen.value = "";
});

document.addEventListener("submit", async (event) => {
  if (event.target.closest("#files") === null) return;
  event.preventDefault();
  const { action } = event.target;
  const headers = { Accept: "application/json" };
  await fetch(action, { method: "POST", headers, body: new URLSearchParams(new FormData(event.target)) });
  await showFiles();
});

// Anywhere on the page: a file that misses its place would replace the page.
document.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add(event.dataTransfer.files);
});

addEventListener("beforeunload", (event) => {
  if (running.size > 0) event.preventDefault();
});
