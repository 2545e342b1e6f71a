// Reads the answer that the address names after its #. EventSource comes back by itself after a loss, and says what it
// has; a reload begins anew, and gets everything.
const byId = (id) => document.getElementById(id);
let source = null;

function setState(state, text) {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
  byId("stop").disabled = byId("cut").disabled = state !== "live";
}

function end(text) {
  source?.close();
  source = null;
  setState("idle", text);
}

/** Reads from the beginning, or after an event that the page has. */
function follow(name, lastEventId = "") {
  const query = lastEventId === "" ? "" : `?lastEventId=${encodeURIComponent(lastEventId)}`;
  source = new EventSource(`/answers/${encodeURIComponent(name)}${query}`);
  source.onopen = () => setState("live", "writing");
  source.onmessage = ({ data, lastEventId }) => {
    byId("answer").append(data);
    source.last = lastEventId;
  };
  source.addEventListener("end", ({ data }) => end(data));
  source.addEventListener("gap", () => byId("answer").append("[a part of the text is no longer kept]"));
  source.onerror = () => {
    if (source?.readyState === EventSource.CLOSED) end("this answer is no longer kept");
    else setState("waiting", "connection lost");
  };
}

function show() {
  source?.close();
  byId("answer").textContent = "";
  if (location.hash.length > 1) follow(location.hash.slice(1));
}

byId("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch("/answers", { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
  if (!response.ok) return setState("idle", `refused: ${response.status}`);
  location.hash = (await response.json()).name;
});
byId("stop").addEventListener("click", () => fetch(`/answers/${location.hash.slice(1)}`, { method: "DELETE" }));
byId("cut").addEventListener("click", () => {
  const { last } = source;
  source.close();
  setState("waiting", "connection lost");
  setTimeout(() => follow(location.hash.slice(1), last), 1500);
});
addEventListener("hashchange", show);
show();
