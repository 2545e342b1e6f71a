/**
 * Attacks that need more than one request, many bytes, or a connection that changes its protocol.
 *
 * @module
 */
import type { Expected, Row } from "./rows.ts";

const HOST = "Host: a.example\r\n";
const GET = `GET PATH HTTP/1.1\r\n${HOST}`;
const POST = `POST PATH HTTP/1.1\r\n${HOST}`;
const HIDDEN = `GET /hidden HTTP/1.1\r\n${HOST}\r\n`;
const KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n";
const CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

/** All rows of this kind. */
export function connectionRows(): Row[] {
  return [
    ...upgrades(),
    ...lastRequests(),
    ...namedFramings(),
    ...forwards(),
    ...sizes(),
    ...repeatedFields(),
    ...continuations(),
    ...inPieces(),
  ];
}

function rowsOf(kind: string, rows: readonly (readonly [name: string, text: string, expected: Expected])[]): Row[] {
  return rows.map(([name, text, expected]) => ({ name: `${kind}: ${name}`, text, expected }));
}

/** The back ends speak no WebSocket: what follows is HTTP for both, or for neither. */
function upgrades(): Row[] {
  const asks = (fields: string) => `${GET}${fields}\r\n`;
  const websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  return rowsOf("upgrade", [
    ["a handshake that is not accepted", asks(websocket + KEY), "passed"],
    ["with another version", asks(websocket + KEY.replace("13", "1337")), "passed"],
    ["without a key", asks(websocket), "passed"],
    ["to a list of protocols", asks(`Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n${KEY}`), "passed"],
    ["to websocket/13", asks(`Connection: Upgrade\r\nUpgrade: websocket/13\r\n${KEY}`), "passed"],
    ["to WEBSOCKET", asks(`Connection: upgrade\r\nUpgrade: WEBSOCKET\r\n${KEY}`), "passed"],
    [
      "to h2c with settings",
      asks("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAAB\r\n"),
      "passed",
    ],
    ["to TLS/1.0", asks("Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"), "passed"],
    ["that Connection does not name", asks(`Connection: keep-alive\r\nUpgrade: websocket\r\n${KEY}`), "passed"],
    ["with a length", asks(`${websocket}${KEY}Content-Length: ${HIDDEN.length}\r\n`) + HIDDEN, "passed"],
    ["with chunks", asks(`${websocket}${KEY}Transfer-Encoding: chunked\r\n`) + CHUNKS, "passed"],
    [
      "with both framings",
      asks(`${websocket}${KEY}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`) + CHUNKS,
      "refused",
    ],
    ["by POST", asks(websocket + KEY).replace("GET", "POST"), "passed"],
    ["in HTTP/1.0", asks(websocket + KEY).replace("HTTP/1.1", "HTTP/1.0"), "passed"],
  ]);
}

/** What follows the last request of a connection is nothing to anybody. */
function lastRequests(): Row[] {
  const close = "Connection: close\r\n";
  return rowsOf("behind the last request", [
    ["another one", `${GET}${close}\r\n${HIDDEN}`, "passed"],
    ["another one, behind a list", `${GET}Connection: x, Close ,y\r\n\r\n${HIDDEN}`, "passed"],
    ["another one, behind two fields", `${GET}Connection: keep-alive\r\n${close}\r\n${HIDDEN}`, "passed"],
    ["another one, behind a body", `${POST}${close}Content-Length: 5\r\n\r\nhello${HIDDEN}`, "passed"],
    ["another one, behind chunks", `${POST}${close}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}${HIDDEN}`, "passed"],
    ["another one, in HTTP/1.0", `GET PATH HTTP/1.0\r\n${HOST}\r\n${HIDDEN}`, "passed"],
    [
      "another one, in HTTP/1.0 with a body",
      `POST PATH HTTP/1.0\r\n${HOST}Content-Length: 5\r\n\r\nhello${HIDDEN}`,
      "passed",
    ],
    ["noise", `${GET}${close}\r\n\0\xff\r\n\r\n${HIDDEN}`, "passed"],
    ["one after a malformed one", `${GET}X : y\r\n\r\n${HIDDEN}`, "refused"],
    ["one after a method that is none", `G/T PATH HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`, "refused"],
    [
      "one after a body that is too short",
      `${POST}Transfer-Encoding: chunked\r\n\r\n5\r\nhell\r\n0\r\n\r\n${HIDDEN}`,
      "refused",
    ],
  ]);
}

/** Connection names what frames the body: it goes, and comes back as the proxy's own. */
function namedFramings(): Row[] {
  const names = [
    "Transfer-Encoding",
    "Content-Length",
    "Host",
    "Expect",
    "Trailer",
    "Content-Type",
    "X-Forwarded-Host",
  ];
  return names.flatMap((name) =>
    rowsOf("Connection names", [
      [`${name}, with chunks`, `${POST}Connection: ${name}\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`, "passed"],
      [`${name}, without a body`, `${GET}Connection: ${name}, close\r\n\r\n`, "passed"],
    ])
  );
}

function forwards(): Row[] {
  const options = (value: string) => `OPTIONS PATH HTTP/1.1\r\n${HOST}Max-Forwards: ${value}\r\n\r\n`;
  return rowsOf("forward", [
    ["Max-Forwards 1", options("1"), "passed"],
    ["Max-Forwards -1", options("-1"), "any"],
    ["Max-Forwards 99999999999999999999", options("99999999999999999999"), "any"],
    ["Max-Forwards x", options("x"), "any"],
    ["Max-Forwards 0 of a GET", `${GET}Max-Forwards: 0\r\n\r\n`, "passed"],
    ["TRACE with Max-Forwards 0", `TRACE PATH HTTP/1.1\r\n${HOST}Max-Forwards: 0\r\n\r\n`, "refused"],
    ["Via of another proxy", `${GET}Via: 1.1 other (Apache/1.1), 1.0 fred\r\n\r\n`, "passed"],
    ["Via that is none", `${GET}Via: ,,(\r\n\r\n`, "passed"],
    [
      "an address of a client that is none",
      `${GET}X-Forwarded-For: 1.1.1.1, ;drop\r\nX-Real-IP: 1.1.1.1\r\n\r\n`,
      "passed",
    ],
    ["Forwarded with a quote that stays open", `${GET}Forwarded: for="1.1.1.1\r\n\r\n`, "passed"],
  ]);
}

function sizes(): Row[] {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: y\r\n`).join("");
  return rowsOf("size", [
    ["50 fields", `${GET}${fields(50)}\r\n`, "passed"],
    ["50 fields of one name", `${GET}${"X: y\r\n".repeat(50)}\r\n`, "passed"],
    ["100,000 fields", `${GET}${fields(100_000)}\r\n`, "refused"],
    ["a field of 1 MiB", `${GET}X: ${"y".repeat(1 << 20)}\r\n\r\n`, "refused"],
    ["a name of 1 MiB", `${GET}${"X".repeat(1 << 20)}: y\r\n\r\n`, "refused"],
    ["a target of 1 MiB", `GET PATH?${"x".repeat(1 << 20)} HTTP/1.1\r\n${HOST}\r\n`, "refused"],
    ["a method of 1 MiB", `${"G".repeat(1 << 20)} PATH HTTP/1.1\r\n${HOST}\r\n`, "refused"],
    ["a target of 4 KiB", `GET PATH?${"x".repeat(4096)} HTTP/1.1\r\n${HOST}\r\n`, "passed"],
    [
      "an extension of a chunk of 1 MiB",
      `${POST}Transfer-Encoding: chunked\r\n\r\n5;${"x".repeat(1 << 20)}\r\nhello\r\n0\r\n\r\n`,
      "refused",
    ],
    [
      "a trailer of 1 MiB",
      `${POST}Transfer-Encoding: chunked\r\n\r\n0\r\nX: ${"y".repeat(1 << 20)}\r\n\r\n`,
      "refused",
    ],
    ["500 chunks of a byte", `${POST}Transfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(500)}0\r\n\r\n`, "passed"],
  ]);
}

/** Fields that may be there once: whichever a receiver takes, the framing is the same. */
function repeatedFields(): Row[] {
  const pairs = [
    ["Content-Type: a/b", "Content-Type: c/d"],
    ["Authorization: Basic YTpi", "Authorization: Basic Yzpk"],
    ["Upgrade: websocket", "Upgrade: h2c"],
    ["Connection: Upgrade", "Connection: close"],
    ["Expect: 100-continue", "Expect: 100-continue"],
    ["TE: trailers", "TE: gzip"],
  ];
  return pairs.map(([first, second]) => ({
    name: `repeated: ${first}, ${second}`,
    text: `${POST}${first}\r\n${second}\r\nContent-Length: 5\r\n\r\nhello`,
    expected: "any",
  }));
}

function continuations(): Row[] {
  const expects = "Expect: 100-continue\r\n";
  return rowsOf("continue", [
    ["a GET without a body", `${GET}${expects}\r\n`, "passed"],
    ["a HEAD with a body", `HEAD PATH HTTP/1.1\r\n${HOST}${expects}Content-Length: 5\r\n\r\nhello`, "passed"],
    ["a length of 0", `${POST}${expects}Content-Length: 0\r\n\r\n`, "passed"],
    ["HTTP/1.0", `POST PATH HTTP/1.0\r\n${HOST}${expects}Content-Length: 5\r\n\r\nhello`, "any"],
    ["a request in the body", `${POST}${expects}Content-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`, "passed"],
    ["two of them", `${POST}${expects}Content-Length: 5\r\n\r\nhello`.repeat(2), "passed"],
    ["both framings", `${POST}${expects}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`, "refused"],
  ]);
}

/** The same bytes, a few at a time: the end of a read is the end of nothing. */
function inPieces(): Row[] {
  const texts: (readonly [string, string, Expected])[] = [
    ["a GET", `${GET}\r\n`, "passed"],
    ["a body", `${POST}Content-Length: 5\r\n\r\nhello`, "passed"],
    ["chunks", `${POST}Transfer-Encoding: chunked\r\n\r\n5;a="b"\r\nhello\r\n0\r\n\r\n`, "passed"],
    ["a length behind a bare CR", `${POST}X: y\rContent-Length: 5\r\n\r\nhello`, "refused"],
    ["both framings", `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`, "refused"],
    ["a line end of LF in chunks", `${POST}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`, "refused"],
    ["a folded field", `${GET}X: a\r\n b\r\n\r\n`, "refused"],
  ];
  return [1, 3].flatMap((piece) => rowsOf(`${piece} bytes at a time`, texts).map((row): Row => ({ ...row, piece })));
}
