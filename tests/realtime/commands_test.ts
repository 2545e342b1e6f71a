import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseCommands } from "../../src/realtime/_protocol/commands.ts";
import { RealtimeDisconnect, RealtimeError } from "../../src/realtime/mod.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

test("parseCommands() takes one command on each line, skips empty lines, and knows pongs", () => {
  const commands = parseCommands('{"id":1,"connect":{}}\n\n{}\r\n{"id":2,"rpc":{"method":"a"}}\n{"send":{"data":1}}\n');
  assertEquals(commands.map(({ id, method }) => [id, method]), [[1, "connect"], [0, "pong"], [2, "rpc"], [0, "send"]]);
  assertEquals(commands[2]?.params.text("method"), "a");
  assertEquals(parseCommands('{"id":1,"dance":{}}').map(({ method }) => method), [null]);
});

test("parseCommands() refuses what is no frame of commands with 3501", () => {
  const frames = [
    "x",
    "[]",
    "1",
    "null",
    '"connect"',
    '{"id":1}',
    '{"id":-1,"rpc":{}}',
    '{"id":1.5,"rpc":{}}',
    '{"id":"1","rpc":{}}',
    '{"rpc":{}}',
    '{"id":1,"rpc":[]}',
    '{"id":1,"rpc":null}',
    '{"id":1,"rpc":{},"ping":{}}',
    '{"id":9007199254740993,"rpc":{}}',
    '{"id":1,"rpc":{}}{"id":2,"rpc":{}}',
    `${"{}\n".repeat(1001)}`,
  ];
  for (const frame of frames) {
    const error = assertThrows(() => parseCommands(frame), RealtimeDisconnect);
    assertEquals(error.code, 3501, frame.slice(0, 50));
  }
});

test("Params gives fields of their types, and refuses others with 107", () => {
  const [command] = parseCommands(
    '{"id":1,"history":{"channel":"a","limit":3,"since":{"offset":1},"reverse":true,"bad":[]}}',
  );
  assert(command !== undefined);
  const { params } = command;
  assertEquals(
    [
      params.text("channel"),
      params.text("none"),
      params.integer("limit"),
      params.integer("none"),
      params.flag("reverse"),
    ],
    ["a", "", 3, 0, true],
  );
  assertEquals([params.object("since")?.integer("offset"), params.object("none"), params.json("none")], [
    1,
    null,
    undefined,
  ]);
  assertEquals([params.json("constructor"), params.json("__proto__")], [undefined, undefined]);
  for (const read of [() => params.text("bad"), () => params.integer("bad"), () => params.object("bad")]) {
    assertEquals(assertThrows(read, RealtimeError).code, 107);
  }
});

test("parseCommands() throws nothing but RealtimeDisconnect, whatever a client sends", () => {
  const random = new Random(42);
  const seeds = [
    '{"id":1,"connect":{"token":"x","data":{"a":[1,2]},"name":"js"}}',
    '{"id":2,"subscribe":{"channel":"news","recover":true,"epoch":"ab","offset":7,"flag":1}}\n{}',
    '{"id":3,"history":{"channel":"news","limit":-1,"since":{"offset":1,"epoch":"e"}}}',
    '{"send":{"data":"\\ud83d"}}',
  ];
  const pieces = ["{", "}", "[", "]", '"', ":", ",", "\n", "\\", "\0", "-", "1e999", "null", '"id":', "ü", "\ud800"];
  for (let round = 0; round < 20_000; round++) {
    let frame = random.pick(seeds);
    for (let i = random.below(4); i >= 0; i--) {
      const at = random.below(frame.length + 1);
      frame = frame.slice(0, at) + random.pick(pieces) + frame.slice(at + random.below(6));
    }
    try {
      for (const { params, method } of parseCommands(frame)) {
        assert(method === null || method.length > 0);
        try {
          params.text("channel");
          params.integer("limit");
          params.object("since")?.integer("offset");
        } catch (error) {
          assert(error instanceof RealtimeError, String(error));
        }
      }
    } catch (error) {
      assert(error instanceof RealtimeDisconnect, `${JSON.stringify(frame)}: ${error}`);
    }
  }
});
