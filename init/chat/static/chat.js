const messages = document.querySelector("#messages");
const form = document.querySelector("#form");
/** The longest pause before the page comes back, in milliseconds. */
const MAX_PAUSE = 10_000;
let socket;
let pause = 500;

function connect() {
  const address = new URL("/rooms/lobby", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onopen = () => pause = 500;
  socket.onmessage = ({ data }) => {
    const item = document.createElement("li");
    item.textContent = data;
    messages.append(item);
  };
  socket.onclose = () => {
    // All pages come back after a restart, but not in one moment.
    setTimeout(connect, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, MAX_PAUSE);
  };
}

form.onsubmit = (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(form.text.value);
  form.reset();
};
connect();
