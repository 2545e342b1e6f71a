/**
 * Attacks of an upstream on the client behind the proxy: what it answers, byte for byte.
 *
 * @module
 */

/**
 * What the client has to get: the answer with this body, an error of the proxy in its place, or an answer that breaks
 * off. `any` is right as long as the client understands it, and the next answer is its own.
 */
export type Outcome = { readonly body: string } | "refused" | "cut" | "any";

/** One row. */
export interface AnswerRow {
  readonly name: string;
  /** The method of the request; GET by default. */
  readonly method?: string;
  /** latin1 text; the upstream closes after it. */
  readonly text: string;
  readonly expected: Outcome;
}

/** Bytes of a response inside or behind another one: a client that sees it has been fooled. */
const HIDDEN = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhidden";
const OK = "HTTP/1.1 200 OK\r\n";
const HELLO = { body: "hello" } as const;
const WHOLE = `${OK}Content-Length: 5\r\n\r\nhello`;
const CHUNKS = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** All rows. */
export function allAnswers(): AnswerRow[] {
  return [...framings(), ...chunks(), ...heads(), ...bodiless(), ...interims(), ...ends(), ...fields(), ...trailers()];
}

function rowsOf(kind: string, rows: readonly (readonly [string, string, Outcome])[]): AnswerRow[] {
  return rows.map(([name, text, expected]) => ({ name: `${kind}: ${name}`, text, expected }));
}

function framings(): AnswerRow[] {
  const length = (value: string) => `${OK}Content-Length: ${value}\r\n\r\nhello`;
  const coding = (value: string) => `${OK}Transfer-Encoding: ${value}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
  return rowsOf("framing", [
    ["another answer behind the body", `${WHOLE}${HIDDEN}`, HELLO],
    ["another answer behind the last chunk", `${CHUNKS}5\r\nhello\r\n0\r\n\r\n${HIDDEN}`, HELLO],
    ["both framings", `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`, "refused"],
    ["both, the coding first", `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello`, "refused"],
    ["two lengths that differ", `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, "refused"],
    ["two lengths that are the same", `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`, HELLO],
    ["a length of -5", length("-5"), "refused"],
    ["a length of +5", length("+5"), "refused"],
    ["a length of 0x5", length("0x5"), "refused"],
    ["a length of 5;5", length("5;5"), "refused"],
    ["a length that cannot be counted", length("99999999999999999999"), "refused"],
    ["a length without digits", length(""), "refused"],
    ["the coding xchunked", coding("xchunked"), "refused"],
    ["the coding chunked, identity", coding("chunked, identity"), "refused"],
    ["the coding gzip, chunked", coding("gzip, chunked"), "refused"],
    ["the coding chunked with a vertical tab", coding("\x0bchunked"), "refused"],
    ["two codings", `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, "refused"],
    ["chunks in HTTP/1.0", `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, "any"],
    ["a name of the length with a blank", `${OK}Content-Length : 5\r\n\r\nhello`, "refused"],
    ["neither framing", `${OK}\r\nhello`, HELLO],
  ]);
}

function chunks(): AnswerRow[] {
  return rowsOf("chunks", [
    ["a size that overflows", `${CHUNKS}10000000000000005\r\nhello\r\n0\r\n\r\n`, "cut"],
    ["a size of -1", `${CHUNKS}-1\r\nhello\r\n0\r\n\r\n`, "cut"],
    ["a size in 0x", `${CHUNKS}0x5\r\nhello\r\n0\r\n\r\n`, "cut"],
    ["a line end of LF", `${CHUNKS}5\nhello\r\n0\r\n\r\n`, "cut"],
    ["an extension with a LF", `${CHUNKS}5;a\nb\r\nhello\r\n0\r\n\r\n`, "cut"],
    ["more data than the size", `${CHUNKS}5\r\nhello!\r\n0\r\n\r\n`, "cut"],
    ["a size of a megabyte of zeros", `${CHUNKS}${"0".repeat(1 << 20)}5\r\nhello\r\n0\r\n\r\n`, "cut"],
    ["an extension", `${CHUNKS}5;name="a;b"\r\nhello\r\n0\r\n\r\n`, HELLO],
  ]);
}

function heads(): AnswerRow[] {
  return rowsOf("head", [
    ["line ends of LF", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "any"],
    ["a bare CR in a value", `${OK}X: a\rY: b\r\nContent-Length: 5\r\n\r\nhello`, "refused"],
    ["a bare CR in the reason", "HTTP/1.1 200 OK\rX: y\r\nContent-Length: 5\r\n\r\nhello", "refused"],
    ["a NUL in a value", `${OK}X: a\x00b\r\nContent-Length: 5\r\n\r\nhello`, "refused"],
    ["a folded value", `${OK}X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello`, "any"],
    ["a length that is folded", `${OK}Content-Length:\r\n 5\r\n\r\nhello`, "any"],
    ["a field without a colon", `${OK}X\r\nContent-Length: 5\r\n\r\nhello`, "refused"],
    ["a field without a name", `${OK}: x\r\nContent-Length: 5\r\n\r\nhello`, "refused"],
    ["HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "refused"],
    ["HTTP/0.9", "hello", "refused"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello", "refused"],
    ["a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello", "refused"],
    ["a status of 099", "HTTP/1.1 099 No\r\nContent-Length: 5\r\n\r\nhello", "refused"],
    ["a field of 2 MiB", `${OK}X: ${"x".repeat(1 << 21)}\r\nContent-Length: 5\r\n\r\nhello`, "refused"],
    ["200,000 fields", `${OK}${"X: y\r\n".repeat(200_000)}Content-Length: 5\r\n\r\nhello`, "refused"],
  ]);
}

function bodiless(): AnswerRow[] {
  const empty = { body: "" } as const;
  return [
    ...rowsOf("no body", [
      ["204 with a length and a body", "HTTP/1.1 204 No Content\r\nContent-Length: 44\r\n\r\n" + HIDDEN, "any"],
      ["204 with chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n" + HIDDEN, "any"],
      ["304 with a body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 44\r\n\r\n" + HIDDEN, empty],
      ["205 with a length of 0", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", empty],
    ]),
    { name: "no body: HEAD with a body", method: "HEAD", text: WHOLE + HIDDEN, expected: empty },
    { name: "no body: HEAD with chunks", method: "HEAD", text: `${CHUNKS}5\r\nhello\r\n0\r\n\r\n`, expected: empty },
  ];
}

function interims(): AnswerRow[] {
  const early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  return rowsOf("interim", [
    ["100 that nobody waits for", `HTTP/1.1 100 Continue\r\n\r\n${WHOLE}`, HELLO],
    ["30 of 100", "HTTP/1.1 100 Continue\r\n\r\n".repeat(30) + WHOLE, "refused"],
    ["three of 103", early.repeat(3) + WHOLE, HELLO],
    ["103 with a length and a body", `HTTP/1.1 103 Early Hints\r\nContent-Length: 44\r\n\r\n${HIDDEN}`, "any"],
    ["103 with chunks", `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n${WHOLE}`, "any"],
    [
      "103 that names a field",
      `HTTP/1.1 103 Early Hints\r\nConnection: X-Secret\r\nX-Secret: 1\r\n\r\n${WHOLE}`,
      HELLO,
    ],
    ["101 that nobody has asked for", `HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n${HIDDEN}`, "refused"],
    ["100,000 of 103", early.repeat(100_000) + WHOLE, "refused"],
    ["103 and the end", early, "any"],
  ]);
}

function ends(): AnswerRow[] {
  return rowsOf("end", [
    ["nothing at all", "", "refused"],
    ["in the status line", "HTTP/1.1 20", "refused"],
    ["in the head", `${OK}Content-Le`, "refused"],
    ["in a body with a length", `${OK}Content-Length: 50\r\n\r\nhello`, "cut"],
    ["in a chunk", `${CHUNKS}50\r\nhello`, "cut"],
    ["before the last chunk", `${CHUNKS}5\r\nhello\r\n`, "cut"],
    ["in the trailer", `${CHUNKS}5\r\nhello\r\n0\r\nX: `, "cut"],
  ]);
}

function fields(): AnswerRow[] {
  const names = [
    "Connection: close, X-Secret",
    "Connection: X-SECRET, keep-alive",
    "Connection: Content-Length",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "Proxy-Authenticate: Basic",
    "Proxy-Authentication-Info: x",
    "Trailer: X-End",
    "Upgrade: h2c",
    "TE: trailers",
  ];
  return rowsOf(
    "field",
    names.map((field) => [field, `${OK}${field}\r\nX-Secret: 1\r\nContent-Length: 5\r\n\r\nhello`, HELLO]),
  );
}

function trailers(): AnswerRow[] {
  const row = (
    line: string,
  ): [string, string, Outcome] => [line.trim(), `${CHUNKS}5\r\nhello\r\n0\r\n${line}\r\n`, HELLO];
  const bad = (line: string): [string, string, Outcome] => [JSON.stringify(line), row(line)[1], "cut"];
  return rowsOf("trailer", [
    row("X-End: 1\r\n"),
    row("Content-Length: 100\r\n"),
    row("Transfer-Encoding: chunked\r\n"),
    row("Set-Cookie: a=b\r\n"),
    row("Connection: close\r\n"),
    row("Location: /evil\r\n"),
    bad(" X: 1\r\n"),
    bad("X : 1\r\n"),
    bad("X: a\rb\r\n"),
    bad("HTTP/1.1 200 OK\r\n"),
  ]);
}
