/** The page of the chat. It connects to a random node, and to another one when that is gone. */
export const PAGE = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chat in three processes</title>
<link rel="icon" href="/shared/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/shared/style.css">
<style>
  #chat { margin: 1rem 0; padding: 0; list-style: none; overflow-wrap: anywhere }
  form { display: flex; gap: 0.5rem }
  input { flex: 1 }
</style>
<body class="site">
<header><h1 class="brand"><img src="/shared/icon.svg" width="28" height="28" alt="">Chat in three processes</h1> <span id="state">Not connected</span></header>
<main><div class="card">
<p>Here: <span id="here"></span></p>
<ol id="chat"></ol>
<form><input name="text" autocomplete="off" aria-label="Message" autofocus> <button class="primary">Send</button></form>
</div></main>
<script>
  const ports = PORTS;
  const name = new URLSearchParams(location.search).get("name") ?? "Guest " + Math.floor(Math.random() * 1000);
  // What this page has said and not yet seen in the room: a node may be killed in between.
  const waiting = new Map();
  const seen = new Set();
  let socket = null;
  let isReady = false;
  let position = "";
  const show = (id, text) => document.getElementById(id).textContent = text;
  function showState(name, text) {
    document.getElementById("state").dataset.state = name;
    show("state", text);
  }
  function add(text) {
    const line = document.createElement("li");
    line.textContent = text;
    document.getElementById("chat").append(line);
  }
  function connect() {
    const port = ports[Math.floor(Math.random() * ports.length)];
    const query = new URLSearchParams({ name, since: position });
    socket = new WebSocket("ws://" + location.hostname + ":" + port + "/chat?" + query);
    socket.onopen = () => showState("live", "Connected to port " + port);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.position) position = message.position;
      if (message.here) show("here", message.here.join(", "));
      if (message.said && !seen.has(message.said.id)) {
        seen.add(message.said.id);
        waiting.delete(message.said.id);
        add(message.said.name + ": " + message.said.text);
      }
      if (message.recovered === false || message.gap) add("(Some messages are missing)");
      // Everything that came meanwhile is here: what is still missing has not arrived.
      if ("recovered" in message) {
        isReady = true;
        for (const [id, text] of waiting) socket.send(JSON.stringify({ id, text }));
      }
    };
    socket.onclose = () => {
      isReady = false;
      showState("waiting", "Not connected");
      setTimeout(connect, 200 + Math.random() * 800);
    };
  }
  document.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    const { text } = event.target.elements;
    if (text.value === "") return;
    const id = crypto.randomUUID();
    waiting.set(id, text.value);
    if (isReady) socket.send(JSON.stringify({ id, text: text.value }));
    text.value = "";
  };
  connect();
</script>
`;
