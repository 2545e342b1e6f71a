/** The page: a list of what was said, and a line to write. It connects again when its worker is replaced. */
export const PAGE = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Chat</title>
<p id="state" role="status">Connecting</p>
<ul id="messages"></ul>
<form id="form"><input id="text" aria-label="Message" maxlength="500" autofocus> <button>Send</button></form>
<script type="module">
const [state, messages, form, text] = ["state", "messages", "form", "text"].map((id) => document.getElementById(id));
let socket;
function connect() {
  socket = new WebSocket(new URL("/socket", location.href.replace(/^http/, "ws")));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if ("worker" in message) state.textContent = "Connected to worker " + message.worker;
    else messages.append(Object.assign(document.createElement("li"), {
      textContent: message.text + " (from worker " + message.from + ")",
    }));
  };
  socket.onclose = () => {
    state.textContent = "Connecting again";
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
