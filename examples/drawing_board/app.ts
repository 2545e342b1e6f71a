// The routes of the drawing boards: the page, its files, and the WebSocket of each board.
import { fileRoutes } from "../shared/files.ts";
import { Application, DictLoader, RequestHandler } from "../../mod.ts";
import { type Bytes, Topics, type WebSocketCompressionOptions, WebSocketHandler } from "../../src/websocket/mod.ts";
import type { Board, Person, StrokeKey } from "./board.ts";
import { Allowance, type Boards } from "./boards.ts";
import { BEGIN, CURSOR, END, MAX_MESSAGE_BYTES, readDrawMessage, RefusedError, signMessage } from "./format.ts";
import connection from "../shared/connection.js" with { type: "text" };
import format from "./page/format.js" with { type: "text" };
import page from "./page/index.html" with { type: "text" };
import picture from "./page/picture.js" with { type: "text" };
import script from "./page/board.js" with { type: "text" };
import smooth from "./page/smooth.js" with { type: "text" };
import style from "./page/board.css" with { type: "text" };

/** RFC 6455, section 7.4.1, and for the second one the registry of close codes. */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;
/** A few whole pictures. Who has more waiting is dropped, comes back, and gets the picture again. */
const HIGH_WATER_MARK = 2 * 1024 * 1024;
const PING_SECONDS = 30;
const CSP = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The names are also those of the classes in page/board.css, where the swatches have their colour. */
const INKS = [
  ["#1c1f28", "Black"],
  ["#d8392f", "Red"],
  ["#f08c1d", "Orange"],
  ["#f5cf3a", "Yellow"],
  ["#2a9d5c", "Green"],
  ["#2f6fde", "Blue"],
  ["#8a4fd0", "Violet"],
  ["#ffffff", "Eraser"],
];
const WIDTHS = [[3, "Thin"], [8, "Medium"], [20, "Thick"], [50, "Huge"]];

interface BoardContext {
  readonly boards: Boards;
  readonly topics: Topics;
}

interface Place {
  readonly board: Board;
  readonly person: Person;
}

class FrontHandler extends RequestHandler {
  override get(): void {
    this.redirect("/boards/sketch");
  }
}

class PageHandler extends RequestHandler {
  override get(board: string): void {
    this.setHeader("Content-Security-Policy", CSP);
    this.render("index.html", { board, inks: INKS, widths: WIDTHS });
  }
}

class BoardHandler extends WebSocketHandler {
  declare readonly kwargs: BoardContext;
  readonly #allowance = new Allowance();
  #place: Place | null = null;
  #name = "";

  /** Here, because there is no answer but a closed WebSocket any more to what `open` throws. */
  override prepare(): void {
    this.#name = this.getQueryArgument("name", "");
  }

  override get maxMessageSize(): number {
    return MAX_MESSAGE_BYTES;
  }

  override get highWaterMark(): number {
    return HIGH_WATER_MARK;
  }

  /** Pictures are worth it; the messages of a stroke are shorter than that. */
  override getCompressionOptions(): WebSocketCompressionOptions {
    return { threshold: 1024 };
  }

  override open(name: string): void {
    const { boards, topics } = this.kwargs;
    const board = boards.open(name);
    if (board === null) return this.close(TRY_AGAIN_LATER, "There are too many boards");
    const person = board.join(this.#name);
    if (person === null) return this.close(TRY_AGAIN_LATER, "The board is full");
    this.#place = { board, person };
    // All in one turn: nothing comes twice, and nothing falls between the picture and what follows it.
    this.writeMessage({ type: "welcome", you: person.id, people: board.people });
    this.writeMessage(board.picture());
    this.#publish({ type: "person", person });
    topics.subscribe(name, this);
  }

  override onMessage(message: string | Bytes): void {
    // What was on its way when the client was closed still comes.
    if (this.#place === null || this.wsConnection === null) return;
    try {
      if (!this.#allowance.take(performance.now())) throw new RefusedError("Too many messages");
      if (typeof message === "string") this.#control(this.#place, message);
      else this.#draw(this.#place, message);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.close(POLICY_VIOLATION, error.message);
    }
  }

  override onClose(): void {
    if (this.#place === null) return;
    const { board, person } = this.#place;
    board.leave(person);
    this.#publish({ type: "left", person: person.id });
    this.kwargs.boards.release(board);
  }

  #draw({ board, person }: Place, bytes: Bytes): void {
    const message = readDrawMessage(bytes);
    signMessage(bytes, person.id);
    if (message.kind === CURSOR) return this.#publish(bytes, this);
    if (message.kind === BEGIN) {
      const dropped = board.begin(person, message.number, message.ink, message.points);
      // Who draws gets it too: where strokes began at the same time, this order is that of all.
      this.#publish(bytes);
      return this.#publishRemoved(dropped);
    }
    const { found, dropped } = board.extend(person, message.number, message.points, message.kind === END);
    if (found) this.#publish(bytes, this);
    this.#publishRemoved(dropped);
  }

  #control(place: Place, text: string): void {
    const { board, person } = place;
    const message = readControl(text);
    if (message.type === "undo") {
      const key = board.undo(person);
      if (key !== null) this.#publishRemoved([key]);
    } else if (message.type === "clear") {
      board.clear();
      this.#publish({ type: "cleared", person: person.id });
    } else if (message.type === "name" && typeof message.name === "string") {
      this.#place = { board, person: board.rename(person, message.name) };
      this.#publish({ type: "person", person: this.#place.person });
    } else {
      throw new RefusedError("Unknown type of message");
    }
  }

  #publishRemoved(strokes: StrokeKey[]): void {
    if (strokes.length > 0) this.#publish({ type: "removed", strokes });
  }

  #publish(message: object, except: WebSocketHandler | null = null): void {
    if (this.#place !== null) this.kwargs.topics.publish(this.#place.board.name, message, { except });
  }
}

/** @throws {RefusedError} The text is no JSON object. */
function readControl(text: string): { type?: unknown; name?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Refused below, as other values are.
  }
  throw new RefusedError("A text is a JSON object");
}

/** The boards, over WebSockets. */
export function makeDrawingBoard(boards: Boards): Application {
  const context: BoardContext = { boards, topics: new Topics() };
  const name = String.raw`([a-z0-9][a-z0-9-]{0,29})`;
  return new Application([
    ["/", FrontHandler],
    [`/boards/${name}`, PageHandler],
    [`/boards/${name}/socket`, BoardHandler, context],
    ...fileRoutes({
      "/board.css": style,
      "/board.js": script,
      "/shared/connection.js": connection,
      "/format.js": format,
      "/picture.js": picture,
      "/smooth.js": smooth,
    }),
  ], {
    templateLoader: new DictLoader({ "index.html": page }),
    websocketPingInterval: PING_SECONDS,
  });
}
