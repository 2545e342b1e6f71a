// The page's half of the dashboard: charts of what the server tells, and sliders that keep it busy.
import { Chart, LONGEST_SPAN } from "./chart.js";
import { Connection } from "../../shared/connection.js";

const MAX_ROWS = 10;
const PING_EVERY = 50;
/** After somebody has moved a slider here, what others want does not move it back under their finger. */
const OWN_LOAD_FOR = 2500;

const CHARTS = {
  connections: { unit: "", least: 4, series: [["connections", "viewers"]] },
  messages: { unit: "", least: 10, series: [["received", "received"], ["sent", "sent"]] },
  delay: { unit: " ms", least: 10, series: [["delay", "longest wait"]] },
  cpu: { unit: " %", least: 100, series: [["cpu", "processor"]] },
  memory: { unit: " MB", least: 40, series: [["resident", "process"], ["external", "buffers"], ["heap", "objects"]] },
};

const byId = (id) => document.getElementById(id);
const charts = Object.entries(CHARTS).map(([id, options]) => new Chart(byId(`${id}-chart`), options));
const columns = Object.values(CHARTS).flatMap(({ series, unit }) =>
  series.map(([key, label]) => ({ key, title: unit === "" ? label : `${label},${unit}` }))
);

let history = [];
let pointed = null;
let ownLoadUntil = 0;
let owedPings = 0;

const connection = new Connection(
  () => `${location.origin.replace(/^http/, "ws")}/socket`,
  (data) => {
    if (data !== "pong") take(JSON.parse(data));
  },
  setState,
);

function setState(state, text) {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
}

function take(news) {
  setState("live", "live");
  const all = news.type === "history" ? news.history : [...history, news.figures];
  history = all.filter(({ time }) => time >= all.at(-1).time - LONGEST_SPAN);
  for (const chart of charts) chart.draw(history);
  point(history.some(({ time }) => time === pointed) ? pointed : null);
  showRows();
  if (performance.now() < ownLoadUntil) return;
  byId("work").value = news.load.work;
  byId("memory").value = news.load.memory;
  showOutputs();
}

function point(time) {
  pointed = time;
  for (const chart of charts) chart.point(time);
  const shown = time ?? history.at(-1)?.time;
  byId("time").textContent = shown === undefined ? "" : clock(shown);
}

function clock(time) {
  return new Date(time).toLocaleTimeString("en", { hourCycle: "h23" });
}

function cell(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (tag === "th") node.scope = "col";
  return node;
}

function row(cells) {
  const node = document.createElement("tr");
  node.append(...cells);
  return node;
}

function showRows() {
  const rows = history.slice(-MAX_ROWS).reverse().map((figures) => {
    const node = row([cell("td", clock(figures.time)), ...columns.map(({ key }) => cell("td", figures[key]))]);
    node.dataset.time = figures.time;
    return node;
  });
  byId("rows").replaceChildren(...rows);
}

byId("columns").append(...["time", ...columns.map(({ title }) => title)].map((text) => cell("th", text)));

for (const [i, id] of Object.keys(CHARTS).entries()) {
  const svg = byId(`${id}-chart`).querySelector("svg");
  svg.addEventListener("pointermove", ({ clientX }) => point(charts[i].timeAt(clientX)));
  svg.addEventListener("pointerleave", () => point(null));
}

// The load.

function showOutputs() {
  for (const output of document.querySelectorAll("output")) output.value = byId(output.htmlFor.value).value;
}

function askForLoad() {
  ownLoadUntil = performance.now() + OWN_LOAD_FOR;
  connection.send(JSON.stringify({ work: Number(byId("work").value), memory: Number(byId("memory").value) }));
}

byId("load").addEventListener("input", ({ target }) => {
  showOutputs();
  if (target.id !== "pings") askForLoad();
});

byId("load").addEventListener("submit", (event) => event.preventDefault());

byId("calm").addEventListener("click", () => {
  for (const id of ["pings", "work", "memory"]) byId(id).value = 0;
  showOutputs();
  askForLoad();
});

setInterval(() => {
  owedPings = connection.live ? owedPings + Number(byId("pings").value) * PING_EVERY / 1000 : 0;
  for (; owedPings >= 1; owedPings--) connection.send("ping");
}, PING_EVERY);

showOutputs();
