/** The page: a list of what was said, and a line to write. It connects again when its worker is replaced. */
export const PAGE = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chat in two workers</title>
<link rel="icon" href="/shared/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/shared/style.css">
<style>
  #messages { margin: 0 0 1rem; padding-left: 1.2rem; overflow-wrap: anywhere }
  #form { display: flex; gap: 0.5rem }
  #text { flex: 1 }
</style>
<body class="site">
<header><h1 class="brand"><img src="/shared/icon.svg" width="28" height="28" alt="">Chat in two workers</h1> <span id="state" role="status">Connecting</span></header>
<main><div class="card">
<ul id="messages"></ul>
<form id="form"><input id="text" aria-label="Message" maxlength="500" autofocus> <button class="primary">Send</button></form>
</div></main>
<script type="module">
const [state, messages, form, text] = ["state", "messages", "form", "text"].map((id) => document.getElementById(id));
let socket;
function show(name, text) {
  state.dataset.state = name;
  state.textContent = text;
}
function connect() {
  socket = new WebSocket(new URL("/socket", location.href.replace(/^http/, "ws")));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if ("worker" in message) show("live", "Connected to worker " + message.worker);
    else messages.append(Object.assign(document.createElement("li"), {
      textContent: message.text + " (from worker " + message.from + ")",
    }));
  };
  socket.onclose = () => {
    show("waiting", "Connecting again");
    setTimeout(connect, 500 + Math.random() * 1000);
  };
}
connect();
form.onsubmit = (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(text.value);
  text.value = "";
};
</script>
</html>
`;
