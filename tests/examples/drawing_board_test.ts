import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  Board,
  MAX_PEOPLE,
  MAX_POINTS,
  MAX_STROKE_POINTS,
  MAX_STROKES,
  type Person,
} from "../../examples/drawing_board/board.ts";
import { Allowance, Boards, MAX_BOARDS, MAX_MESSAGES_A_SECOND } from "../../examples/drawing_board/boards.ts";
import {
  BEGIN,
  CURSOR,
  END,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_POINTS,
  MORE,
  pictureMessage,
  readDrawMessage,
  RefusedError,
  SHEET_HEIGHT,
  signMessage,
} from "../../examples/drawing_board/format.ts";
import { cursorMessage, readMessage, strokeMessage } from "../../examples/drawing_board/page/format.js";
import { Smoother } from "../../examples/drawing_board/page/smooth.js";
import { thin } from "../../examples/drawing_board/thin.ts";
import { type WebSocketClientConnection, websocketConnect, WebSocketHandshakeError } from "../../src/websocket/mod.ts";
import { type Program, startProgram } from "../support/program.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const PROGRAM = "examples/drawing_board/main.ts";
const INK = { color: 0xd8392f, width: 20 };

function stroke(kind: number, number: number, points: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(strokeMessage(kind, number, points, INK));
}

function joined(board: Board, name = ""): Person {
  const person = board.join(name);
  if (person === null) throw new Error("The board is full");
  return person;
}

test("format: what the page writes is what the server reads", () => {
  const begin = stroke(BEGIN, 7, [1, 2, 65535, SHEET_HEIGHT]);
  assertEquals(begin.toHex(), "01" + "00000000" + "00000007" + "d8392f" + "14" + "00010002" + "ffff9fff");
  assertEquals(readDrawMessage(begin), { kind: BEGIN, number: 7, ink: INK, points: [1, 2, 65535, SHEET_HEIGHT] });
  assertEquals(readDrawMessage(stroke(MORE, 2 ** 32 - 1, [3, 4])), { kind: MORE, number: 2 ** 32 - 1, points: [3, 4] });
  assertEquals(readDrawMessage(stroke(END, 7, [])), { kind: END, number: 7, points: [] });
  for (const points of [[], [5, 6]]) {
    assertEquals(readDrawMessage(new Uint8Array(cursorMessage(points))), { kind: CURSOR });
  }
});

test("format: what the server sends is what the page reads", () => {
  const begin = stroke(BEGIN, 7, [1, 2]);
  signMessage(begin, 9);
  assertEquals(readMessage(begin.buffer), { kind: BEGIN, person: 9, number: 7, ink: INK, points: [1, 2] });
  const strokes = [
    { person: 2 ** 32 - 1, number: 1, ink: { color: 0xffffff, width: 255 }, finished: true, points: [0, 0, 65535, 9] },
    { person: 2, number: 3, ink: { color: 0, width: 1 }, finished: false, points: [5, 6] },
  ];
  assertEquals(readMessage(new Uint8Array(pictureMessage(strokes)).buffer).strokes, strokes);
  assertEquals(readMessage(new Uint8Array(pictureMessage([])).buffer).strokes, []);
});

test("format: what no page sends is refused", () => {
  const wide = stroke(BEGIN, 1, [1, 1]);
  wide[12] = 0;
  const refused: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /Unknown kind/],
    [new Uint8Array([9]), /Unknown kind of message: 9/],
    [stroke(BEGIN, 1, []), /begins with a point/],
    [wide, /has a width/],
    [stroke(BEGIN, 1, [1, 1]).subarray(0, 15), /No message has 15 bytes/],
    [new Uint8Array([MORE, 0, 0]), /No message has 3 bytes/],
    [stroke(MORE, 1, [0, SHEET_HEIGHT + 1]), /below the sheet: 40960/],
    [stroke(MORE, 1, new Array(2 * MAX_MESSAGE_POINTS + 2).fill(0)), /Too many points: 501/],
    [new Uint8Array(cursorMessage([1, 1, 2, 2])), /one point/],
  ];
  for (const [bytes, message] of refused) {
    assertMatch(assertThrows(() => readDrawMessage(bytes), RefusedError).message, message);
  }
});

test("format: any bytes are a message or are refused", () => {
  const random = new Random(1);
  let read = 0;
  for (let i = 0; i < 5000; i++) {
    const bytes = Uint8Array.from({ length: random.below(30) }, () => random.below(256));
    if (bytes.length > 0) bytes[0] = random.below(7);
    try {
      readDrawMessage(bytes);
      read++;
    } catch (error) {
      assert(error instanceof RefusedError);
    }
  }
  assert(read > 0);
});

test("thin leaves out what lies on a line, and keeps corners, ends and turning points", () => {
  assertEquals([...thin([0, 0, 10, 1, 20, 0, 30, 0], 2)], [0, 0, 30, 0]);
  assertEquals([...thin([0, 0, 50, 0, 100, 0, 100, 50, 100, 100], 2)], [0, 0, 100, 0, 100, 100]);
  assertEquals([...thin([50, 0, 100, 0, 0, 0, 50, 0], 2)], [50, 0, 100, 0, 0, 0, 50, 0]);
  assertEquals([...thin([7, 8], 2)], [7, 8]);
  assertEquals([...thin([7, 8, 7, 8], 2)], [7, 8, 7, 8]);
  const zigzag = Array.from({ length: 2 * MAX_STROKE_POINTS }, (_, i) => i % 2 === 0 ? 8 * i : i % 4 === 3 ? 1000 : 0);
  assertEquals(thin(zigzag, 2).length, zigzag.length);
  const straight = Array.from({ length: 2 * MAX_STROKE_POINTS }, (_, i) => i % 2 === 0 ? 8 * i : 5);
  assert(thin(straight, 2).length < straight.length / 25);
});

test("Smoother: a curve goes to where the pen was lifted, in pieces no longer than its step", () => {
  const curve = new Smoother([1000, 1000]);
  const points = [1000, 1000, ...curve.add([9000, 1000]), ...curve.add([9000, 9001]), ...curve.add([9000, 9001])];
  points.push(...curve.finish());
  assertEquals(points.slice(-2), [9000, 9001]);
  assert(points.every((value) => Number.isInteger(value) && value >= 1000 && value <= 9001));
  // Halfway along the first side, and from there in a bow: the corner itself is not touched.
  assertEquals(points.findIndex((value, i) => i % 2 === 0 && value === 5000 && points[i + 1] === 1000) > 0, true);
  assertEquals(points.some((value, i) => i % 2 === 0 && value > 8900 && (points[i + 1] ?? 0) < 1100), false);
  assertEquals(new Smoother([5, 5]).finish(), []);
});

test("Board keeps strokes in the order of their beginnings, and thins what is finished", () => {
  const board = new Board("tea");
  const [ann, ben] = [joined(board), joined(board)];
  board.begin(ann, 1, INK, [0, 0]);
  board.begin(ben, 1, INK, [9, 9]);
  assertEquals(board.extend(ann, 1, [500, 0, 1000, 0], true), { found: true, dropped: [] });
  const { strokes } = readMessage(new Uint8Array(board.picture()).buffer);
  assertEquals(strokes, [
    { person: ann.id, number: 1, ink: INK, finished: true, points: [0, 0, 1000, 0] },
    { person: ben.id, number: 1, ink: INK, finished: false, points: [9, 9] },
  ]);
  assertEquals([board.size, board.points], [2, 3]);
  assertThrows(() => board.extend(ann, 1, [1, 1], false), RefusedError, "has ended");
  assertThrows(() => board.extend(ann, 2, [1, 1], false), RefusedError, "has not begun: 2");
  assertThrows(() => board.begin(ann, 1, INK, [1, 1]), RefusedError, "Not the next stroke: 1");
  board.leave(ben);
  assertThrows(() => board.extend(ben, 1, [1, 1], false), RefusedError);
  assertEquals(readMessage(new Uint8Array(board.picture()).buffer).strokes[1].finished, true);
});

test("Board.undo takes one's own newest stroke, and what still comes to it is left at that", () => {
  const board = new Board("tea");
  const [ann, ben] = [joined(board), joined(board)];
  board.begin(ann, 1, INK, [0, 0]);
  board.begin(ann, 2, INK, [0, 0, 5, 5]);
  board.begin(ben, 1, INK, [0, 0]);
  assertEquals(board.undo(ann), [ann.id, 2]);
  assertEquals([board.size, board.points], [2, 2]);
  assertEquals(board.extend(ann, 2, [6, 6], true), { found: false, dropped: [] });
  assertEquals(board.undo(ann), [ann.id, 1]);
  assertEquals(board.undo(ann), null);
  board.clear();
  assertEquals([board.size, board.points, board.undo(ben)], [0, 0, null]);
  assertEquals(board.extend(ben, 1, [6, 6], false).found, false);
});

test("Board drops its oldest strokes where there are too many of them, or of their points", () => {
  const board = new Board("tea");
  const ann = joined(board);
  for (let number = 1; number <= MAX_STROKES; number++) assertEquals(board.begin(ann, number, INK, [0, 0]), []);
  const dropped = board.begin(ann, MAX_STROKES + 1, INK, [0, 0]);
  assertEquals(dropped[0], [ann.id, 1]);
  assertEquals(board.size, MAX_STROKES + 1 - dropped.length);
  assertEquals(board.points, board.size);

  const other = new Board("other");
  const ben = joined(other);
  // No three points of it lie on a line.
  const zigzag = Array.from(
    { length: 2 * MAX_STROKE_POINTS - 2 },
    (_, i) => i % 2 === 0 ? 8 * i : i % 4 === 3 ? 1000 : 0,
  );
  const gone: number[] = [];
  for (let number = 1; number <= 2 * MAX_POINTS / MAX_STROKE_POINTS; number++) {
    other.begin(ben, number, INK, [0, 0]);
    gone.push(...other.extend(ben, number, zigzag, true).dropped.map(([, of]) => of));
    assert(other.points <= MAX_POINTS);
  }
  assertEquals(gone, Array.from(gone, (_, i) => i + 1));
  assert(gone.length > 0 && other.size > 0);
});

test("Board refuses a stroke without an end", () => {
  const board = new Board("tea");
  const ann = joined(board);
  board.begin(ann, 1, INK, [0, 0]);
  const all = new Array(2 * (MAX_STROKE_POINTS - 1)).fill(3);
  assertEquals(board.extend(ann, 1, all, false).found, true);
  assertThrows(() => board.extend(ann, 1, [1, 1], false), RefusedError, "too long");
});

test("Board.join gives names and colours, up to a number of people", () => {
  const board = new Board("tea");
  const names = ["  Ann\n\u202ex ", "", "x".repeat(99), "\u{1f600}".repeat(99)].map((name) => joined(board, name));
  assertEquals(names.map(({ name }) => name), ["Ann  x", "Guest 2", "x".repeat(24), "\u{1f600}".repeat(24)]);
  assertEquals(new Set(names.map(({ hue }) => hue)).size, names.length);
  const ann = names[0] ?? joined(board);
  assertEquals(board.rename(ann, "Anna"), { ...ann, name: "Anna" });
  assertEquals(board.people[0]?.name, "Anna");
  assertThrows(() => board.rename(ann, " \t"), RefusedError, "not empty");
  while (board.people.length < MAX_PEOPLE) joined(board);
  assertEquals(board.join("one more"), null);
  board.leave(ann);
  assertEquals(joined(board).id, MAX_PEOPLE + 1);
});

test("Boards.open makes no more boards than its bound, and forgets first what was left longest ago", () => {
  const boards = new Boards();
  const all = Array.from({ length: MAX_BOARDS }, (_, i) => boards.open(`b${i}`) ?? new Board(""));
  const people = all.map((board) => {
    const person = joined(board);
    board.begin(person, 1, INK, [0, 0]);
    return person;
  });
  assertEquals(boards.open("one-more"), null);
  const leave = (i: number) => {
    const [board, person] = [all[i], people[i]];
    if (board === undefined || person === undefined) throw new RangeError(`No board ${i}`);
    board.leave(person);
    boards.release(board);
  };
  leave(5);
  leave(3);
  assert(boards.open("one-more") instanceof Board);
  assertEquals(boards.open("b3"), all[3] ?? null);
  assertEquals(boards.size, MAX_BOARDS);

  const empty = boards.open("one-more") ?? new Board("");
  boards.release(empty);
  assertEquals(boards.size, MAX_BOARDS - 1);
});

test("Allowance.take allows so many messages in each second", () => {
  const allowance = new Allowance();
  for (let i = 0; i < MAX_MESSAGES_A_SECOND; i++) assert(allowance.take(5000 + i % 1000));
  assertEquals(allowance.take(5999), false);
  assertEquals(allowance.take(6000), true);
});

/** Somebody at a board of the program, whose first two messages are read. */
async function enter(program: Program, board: string, name: string): Promise<{
  connection: WebSocketClientConnection;
  id: number;
  people: string[];
  strokes: { person: number; number: number; points: number[]; finished: boolean }[];
}> {
  const address = program.address.replace("http", "ws");
  const query = new URLSearchParams({ name });
  const connection = await websocketConnect(`${address}/boards/${board}/socket?${query}`, { compressionOptions: {} });
  const welcome = JSON.parse(String(await connection.readMessage()));
  assertEquals(welcome.type, "welcome");
  const { strokes } = readMessage(await bytes(connection));
  return { connection, id: welcome.you, people: welcome.people.map((one: Person) => one.name), strokes };
}

async function bytes(connection: WebSocketClientConnection): Promise<ArrayBuffer> {
  const message = await connection.readMessage();
  if (!(message instanceof Uint8Array)) throw new TypeError(`Not bytes: ${message}`);
  return message.slice().buffer;
}

async function json(connection: WebSocketClientConnection): Promise<unknown> {
  return JSON.parse(String(await connection.readMessage()));
}

test("examples/drawing_board: strokes reach the others while they are drawn, and a latecomer in the middle of one", async () => {
  await using program = await startProgram(PROGRAM);
  await using ann = (await enter(program, "tea", "Ann")).connection;
  const entered = await enter(program, "tea", "Ben");
  await using ben = entered.connection;
  assertEquals(entered.people, ["Ann", "Ben"]);
  assertEquals(entered.strokes, []);
  assertEquals(await json(ann), { type: "person", person: { id: 2, name: "Ben", hue: 275 } });

  ann.writeMessage(stroke(BEGIN, 1, [10, 20]));
  const begun = { kind: BEGIN, person: 1, number: 1, ink: INK, points: [10, 20] };
  assertEquals(readMessage(await bytes(ben)), begun);
  // Who draws is told the place of the stroke among the others.
  assertEquals(readMessage(await bytes(ann)), begun);
  const late = await enter(program, "tea", "Carl");
  await using carl = late.connection;
  assertEquals(late.strokes.map(({ points, finished }) => [points, finished]), [[[10, 20], false]]);
  assertEquals(await json(ben), await json(ann));

  ann.writeMessage(stroke(MORE, 1, [30, 40]));
  ann.writeMessage(stroke(END, 1, [50, 9000]));
  ann.writeMessage(new Uint8Array(cursorMessage([1, 1])));
  for (const reader of [ben, carl]) {
    assertEquals(readMessage(await bytes(reader)), { kind: MORE, person: 1, number: 1, points: [30, 40] });
    assertEquals(readMessage(await bytes(reader)), { kind: END, person: 1, number: 1, points: [50, 9000] });
    assertEquals(readMessage(await bytes(reader)), { kind: CURSOR, person: 1, points: [1, 1] });
  }
  await using other = (await enter(program, "other", "Dora")).connection;
  assertEquals((await enterAndLeave(program, "other")).length, 0);
  assertEquals((await enterAndLeave(program, "tea")).length, 1);
  assertEquals(other.closeCode, null);
});

async function enterAndLeave(program: Program, board: string): Promise<unknown[]> {
  const { connection, strokes } = await enter(program, board, "");
  await using _closed = connection;
  return strokes;
}

test("examples/drawing_board: names, undo, clear and leaving are told to all", async () => {
  await using program = await startProgram(PROGRAM);
  await using ann = (await enter(program, "tea", "")).connection;
  const ben = (await enter(program, "tea", "Ben")).connection;
  await json(ann);
  ann.writeMessage({ type: "name", name: "Ann <b>" });
  const named = { type: "person", person: { id: 1, name: "Ann <b>", hue: 138 } };
  assertEquals([await json(ann), await json(ben)], [named, named]);

  ann.writeMessage(stroke(BEGIN, 1, [1, 1]));
  ann.writeMessage(stroke(BEGIN, 2, [2, 2]));
  for (const reader of [ann, ann, ben, ben]) await bytes(reader);
  // Not one's own: nothing happens.
  ben.writeMessage({ type: "undo" });
  ann.writeMessage({ type: "undo" });
  const removed = { type: "removed", strokes: [[1, 2]] };
  assertEquals([await json(ann), await json(ben)], [removed, removed]);
  ben.writeMessage({ type: "clear" });
  const cleared = { type: "cleared", person: 2 };
  assertEquals([await json(ann), await json(ben)], [cleared, cleared]);
  await ben[Symbol.asyncDispose]();
  assertEquals(await json(ann), { type: "left", person: 2 });
});

test("examples/drawing_board closes who sends what no page sends, and says why", async () => {
  await using program = await startProgram(PROGRAM);
  await using watcher = (await enter(program, "tea", "Watcher")).connection;
  const refused: [string | Uint8Array, number, RegExp][] = [
    ["not JSON", 1008, /JSON object/],
    ["null", 1008, /JSON object/],
    [`{"type":"name","name":5}`, 1008, /Unknown type/],
    [`{"type":"x"}`, 1008, /Unknown type/],
    [new Uint8Array([99]), 1008, /Unknown kind/],
    [stroke(BEGIN, 0, [1, 1]), 1008, /Not the next stroke: 0/],
    [stroke(MORE, 5, [1, 1]), 1008, /has not begun: 5/],
    [new Uint8Array(MAX_MESSAGE_BYTES + 1), 1009, /(?:)/],
  ];
  for (const [message, code, reason] of refused) {
    const { connection, id } = await enter(program, "tea", "Mallory");
    await connection.writeMessage(message);
    // Nothing of this counts any more.
    await connection.writeMessage(stroke(BEGIN, 1, [1, 1])).catch(() => {});
    await connection.closed;
    assertEquals(connection.closeCode, code);
    assertMatch(connection.closeReason ?? "", reason);
    assertStringIncludes(JSON.stringify(await json(watcher)), "Mallory");
    assertEquals(await json(watcher), { type: "left", person: id });
  }
});

test("examples/drawing_board closes who sends too much", async () => {
  await using program = await startProgram(PROGRAM);
  const { connection } = await enter(program, "tea", "Mallory");
  const message = new Uint8Array(cursorMessage([1, 1]));
  // More than two seconds' worth at once: even a boundary between two seconds does not save it.
  const sent = Array.from({ length: 2 * MAX_MESSAGES_A_SECOND + 2 }, () => connection.writeMessage(message));
  await Promise.allSettled(sent);
  await connection.closed;
  assertEquals([connection.closeCode, connection.closeReason], [1008, "Too many messages"]);
});

test("examples/drawing_board lets no more people in than a board holds, and nobody from a strange page", async () => {
  await using program = await startProgram(PROGRAM);
  await using stack = new AsyncDisposableStack();
  for (let i = 0; i < MAX_PEOPLE; i++) stack.use((await enter(program, "tea", "")).connection);
  const url = `${program.address.replace("http", "ws")}/boards/tea/socket`;
  const late = await websocketConnect(url);
  assertEquals(await late.readMessage(), null);
  assertEquals([late.closeCode, late.closeReason], [1013, "The board is full"]);
  const strange = websocketConnect(url, { headers: { Origin: "http://evil.example" } });
  assertEquals((await assertRejects(() => strange, WebSocketHandshakeError)).statusCode, 403);
  const garbled = websocketConnect(`${url}?name=%ff`);
  assertEquals((await assertRejects(() => garbled, WebSocketHandshakeError)).statusCode, 400);
});

test("examples/drawing_board serves its page without inline code", async () => {
  await using program = await startProgram(PROGRAM);
  const front = await fetch(`${program.address}/`, { redirect: "manual" });
  await front.body?.cancel();
  assertEquals([front.status, front.headers.get("location")], [302, "/boards/sketch"]);
  const page = await fetch(`${program.address}/boards/tea-time`);
  assertStringIncludes(page.headers.get("content-security-policy") ?? "", "default-src 'self'");
  const html = await page.text();
  assertStringIncludes(html, "<h1># tea-time</h1>");
  assertStringIncludes(html, '<script type="module" src="/board.js">');
  assertEquals(/<script>|style=|\son\w+=/.test(html), false);
  for (const path of ["/board.js", "/shared/connection.js", "/format.js", "/picture.js", "/smooth.js"]) {
    const response = await fetch(program.address + path);
    await response.body?.cancel();
    assertEquals(response.headers.get("content-type"), "text/javascript; charset=UTF-8");
  }
  for (const path of ["/boards/No", "/boards/a%3Cb", "/boards/"]) {
    const response = await fetch(program.address + path);
    await response.body?.cancel();
    assertEquals(response.status, 404);
  }
});

test("examples/drawing_board tells its people that it goes, then ends, at the interrupt signal", async () => {
  await using program = await startProgram(PROGRAM);
  const { connection } = await enter(program, "tea", "Ann");
  assertEquals(await program.interrupt(), 0);
  await connection.closed;
  assertEquals(connection.closeCode, 1001);
});
