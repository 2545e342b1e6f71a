import { assert, assertEquals, assertThrows } from "@std/assert";
import { acceptOffer, makeOffer, readAnswer } from "../../src/websocket_core/_deflate/parameters.ts";
import { parseTarget } from "../../src/websocket/_handshake/client.ts";
import { parseExtensions } from "../../src/websocket_core/_deflate/extensions_header.ts";
import { isSameHost, splitList } from "../../src/websocket/_handshake/request_checks.ts";
import { completeCompression } from "../../src/websocket_core/compression.ts";
import { WebSocketParams, WebSocketProtocol13 } from "../../src/websocket/mod.ts";
import { sharedParams } from "../../src/websocket/params.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { test } from "../support/test.ts";

const PARSED: readonly [header: string, extensions: unknown][] = [
  ["", []],
  [" , ,, ", []],
  ["a", [["a"]]],
  ["a, b ,c", [["a"], ["b"], ["c"]]],
  ['a; x; y=1; z="2"', [["a", ["x", null], ["y", "1"], ["z", "2"]]]],
  ["a ;x = 1 ; x", [["a", ["x", "1"], ["x", null]]]],
  ['a; x="\\1\\2"', [["a", ["x", "12"]]]],
  ["a;b,", [["a", ["b", null]]]],
];
for (const [header, extensions] of PARSED) {
  test(`parseExtensions() takes ${JSON.stringify(header)}`, () => {
    assertEquals(parseExtensions(header)?.map(({ name, params }) => [name, ...params]), extensions as unknown[][]);
  });
}

for (
  const header of [
    ";",
    "a;",
    "a b",
    "a;=1",
    "a;x=",
    'a;x="',
    'a;x=""',
    'a;x="1 2"',
    'a;x="a"b',
    "a;x=1=2",
    "a/b",
    "ä",
    'a;x="\\',
  ]
) {
  test(`parseExtensions() refuses ${JSON.stringify(header)}`, () => assertEquals(parseExtensions(header), null));
}

test("parseExtensions() is linear on hostile headers", () => {
  for (const part of ["a;", 'a;x="\\"', "a,", " ", 'a;x="', "a;x=1;", "\t,"]) {
    assertLinear((n) => part.repeat(n), parseExtensions);
  }
});

const PMD = "permessage-deflate";
const OFFERS: readonly [offer: string, answer: string | null][] = [
  [PMD, PMD],
  [`${PMD}; client_max_window_bits`, PMD],
  [`${PMD}; client_max_window_bits=10`, `${PMD}; client_max_window_bits=10`],
  [`${PMD}; client_max_window_bits="10"`, `${PMD}; client_max_window_bits=10`],
  [`${PMD}; server_max_window_bits=8`, `${PMD}; server_max_window_bits=8`],
  [`${PMD}; server_max_window_bits=15`, `${PMD}; server_max_window_bits=15`],
  [`${PMD}; server_no_context_takeover`, `${PMD}; server_no_context_takeover`],
  [`${PMD}; client_no_context_takeover`, `${PMD}; client_no_context_takeover`],
  [`x-unknown, ${PMD}; what, ${PMD}; server_max_window_bits=9`, `${PMD}; server_max_window_bits=9`],
  ["", null],
  ["x-webkit-deflate-frame", null],
  ...["unheard_of", "server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=08"]
    .map((bad): [string, null] => [`${PMD}; ${bad}`, null]),
  ...[
    "server_max_window_bits",
    "server_no_context_takeover=1",
    "client_max_window_bits=abc",
    "client_max_window_bits=7",
  ]
    .map((bad): [string, null] => [`${PMD}; ${bad}`, null]),
  [`${PMD}; server_no_context_takeover; server_no_context_takeover`, null],
  [`${PMD}; client_max_window_bits=9; client_max_window_bits=9`, null],
];
for (const [offer, answer] of OFFERS) {
  test(`acceptOffer() answers ${JSON.stringify(offer)} with ${JSON.stringify(answer)}`, () => {
    assertEquals(acceptOffer(parseExtensions(offer) ?? [], completeCompression({}))?.header ?? null, answer);
  });
}

test("acceptOffer() limits what the server and, where it may, the client do", () => {
  const wanted = completeCompression({
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 11,
    clientMaxWindowBits: 9,
  });
  const accept = (offer: string) => acceptOffer(parseExtensions(offer) ?? [], wanted);
  const rest = "client_no_context_takeover; server_max_window_bits=11; server_no_context_takeover";
  assertEquals(accept(PMD)?.header, `${PMD}; ${rest}`);
  assertEquals(accept(PMD)?.agreed.clientMaxWindowBits, 15);
  assertEquals(accept(`${PMD};client_max_window_bits`)?.header, `${PMD}; client_max_window_bits=9; ${rest}`);
  assertEquals(accept(`${PMD};client_max_window_bits=8`)?.agreed.clientMaxWindowBits, 8);
  assertEquals(accept(`${PMD};server_max_window_bits=10`)?.agreed.serverMaxWindowBits, 10);
});

test("makeOffer() says what the client wants", () => {
  assertEquals(makeOffer(completeCompression({})), `${PMD}; client_max_window_bits`);
  const all = {
    clientMaxWindowBits: 10,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 9,
    serverNoContextTakeover: true,
  };
  assertEquals(
    makeOffer(completeCompression(all)),
    `${PMD}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10`,
  );
});

test("readAnswer() takes answers to the offer", () => {
  const wanted = completeCompression({});
  assertEquals(readAnswer(null, wanted), null);
  assertEquals(readAnswer("", wanted), null);
  assertEquals(readAnswer(PMD, wanted), {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  });
  assertEquals(
    readAnswer(`${PMD}; client_max_window_bits=9; server_max_window_bits=10; server_no_context_takeover`, wanted),
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 10,
      clientMaxWindowBits: 9,
    },
  );
  assertEquals(readAnswer(PMD, completeCompression({ clientNoContextTakeover: true }))?.clientNoContextTakeover, true);
});

test("readAnswer() refuses what was not offered", () => {
  const wanted = completeCompression({ serverMaxWindowBits: 10 });
  const bad = [
    "x",
    `${PMD}, ${PMD}`,
    `${PMD}; x=1`,
    `${PMD}; client_max_window_bits`,
    `${PMD}; server_max_window_bits=11`,
  ];
  for (const header of [...bad, PMD, ";"]) assertThrows(() => readAnswer(header, wanted), RangeError, "Cannot accept");
  assertThrows(() => readAnswer(PMD, null), RangeError, "it was not offered");
});

test("completeCompression() refuses values out of their range", () => {
  const bad = [{ compressionLevel: 10 }, { memLevel: 0 }, { threshold: -1 }, { serverMaxWindowBits: 7 }, {
    clientMaxWindowBits: 16,
  }];
  for (const options of bad) assertThrows(() => completeCompression(options), RangeError, "Invalid");
});

test("parseTarget() takes WebSocket URLs apart", () => {
  const url = "wss://us%40er:p%3aw@[::1]:99/a%20b?c=d#e";
  const { authorization, ...rest } = parseTarget(url);
  assertEquals(rest, { url, secure: true, hostname: "::1", port: 99, host: "[::1]:99", resource: "/a%20b?c=d" });
  assertEquals(authorization, `Basic ${btoa("us@er:p:w")}`);
  assertEquals(parseTarget("ws://h").port, 80);
  assertEquals(parseTarget(new URL("wss://h/x")).port, 443);
  assertThrows(() => parseTarget("http://h/"), TypeError, "not ws or wss");
  assertThrows(() => parseTarget("nonsense"), TypeError);
});

test("splitList() gives the elements of a list", () => {
  assertEquals(splitList(" a , b,,c\t"), ["a", "b", "c"]);
  assertEquals(splitList(null), []);
});

test("computeAcceptValue() is that of RFC 6455, section 1.3", () => {
  assertEquals(WebSocketProtocol13.computeAcceptValue("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("pingSleepTime() is what is left of the interval", () => {
  assertEquals(WebSocketProtocol13.pingSleepTime({ lastPingTime: 100, interval: 10, now: 103 }), 7);
  assertEquals(WebSocketProtocol13.pingSleepTime({ lastPingTime: 100, interval: 10, now: 113 }), 0);
});

test("isSameHost() compares the host and port of an origin with the header Host", () => {
  for (
    const [host, origin, same] of [
      ["h:443", "https://h", true],
      ["h", "HTTPS://h:443", true],
      ["h:80", "http://h", true],
      ["H", "http://h:80", true],
      ["[::1]:443", "https://[::1]", true],
      ["[::1]:8080", "https://[::1]:8080", true],
      ["a", "http://a/b", true],
      ["h:80", "https://h", false],
      ["h:443", "http://h", false],
      ["h", "https://h:8443", false],
      ["h:8443", "https://h", false],
      ["h", "https://h.evil", false],
      ["h", "https://evil/h", false],
      ["null", "null", false],
      [null, "https://h", false],
      ["", "", false],
    ] as const
  ) assertEquals(isSameHost(origin, host), same, `${host} ${origin}`);
});

test("sharedParams() gives connections one object as long as their parameters are the same", () => {
  const options = {
    pingInterval: 30,
    pingTimeout: null,
    maxMessageSize: 1000,
    compressionOptions: null,
    highWaterMark: 2000,
    backpressure: "drop",
    drainCode: 1001,
    rateLimit: null,
  } as const;
  const params = sharedParams(options);
  assertEquals(params, new WebSocketParams(options));
  assert(sharedParams({ ...options }) === params);
  const others = [
    { pingInterval: 31 },
    { pingTimeout: 5 },
    { maxMessageSize: 1001 },
    { highWaterMark: 2001 },
    { backpressure: "wait" },
    { drainCode: 1012 },
    { rateLimit: { messages: 10 } },
    { compressionOptions: {} },
    { compressionOptions: { memLevel: 1 } },
    { compressionOptions: { memLevel: 1, clientMaxWindowBits: 9 } },
  ] as const;
  for (const changed of others) {
    const other = { ...options, ...changed };
    const before = sharedParams(options);
    assertEquals(sharedParams(other), new WebSocketParams(other));
    assert(sharedParams(other) === sharedParams({ ...other }));
    assert(sharedParams(options) !== before);
  }
});
