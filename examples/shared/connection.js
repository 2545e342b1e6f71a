// One WebSocket after another: where one ends, the next is tried after a pause that grows.
const FIRST_PAUSE = 500;
const LAST_PAUSE = 15_000;

export class Connection {
  #address;
  #onMessage;
  #onState;
  #socket = null;
  #pause = FIRST_PAUSE;

  /** `address` is asked before each try. `onState` gets "live" or "waiting", and why in words. */
  constructor(address, onMessage, onState) {
    this.#address = address;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#open();
  }

  get live() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(message) {
    if (this.live) this.#socket.send(message);
  }

  #open() {
    const socket = this.#socket = new WebSocket(this.#address());
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      // Not when it opens: a server that is full opens it too, and closes it with a reason.
      this.#pause = FIRST_PAUSE;
      this.#onMessage(data);
    };
    socket.onclose = ({ reason }) => {
      // Pages that lost the same server do not come back to it in the same moment.
      const pause = this.#pause * (0.75 + Math.random() / 2);
      this.#pause = Math.min(this.#pause * 2, LAST_PAUSE);
      this.#onState("waiting", `${reason || "connection lost"}, next try in ${Math.ceil(pause / 1000)} s`);
      setTimeout(() => this.#open(), pause);
    };
  }
}
