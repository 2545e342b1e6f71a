// The vectors for responses of llhttp (test/response), and where the client is stricter than that parser.
import { assertEquals } from "@std/assert";
import { utf8 } from "../../../src/util/escape.ts";
import { CLOSE, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { SIMPLE } from "./back_ends.ts";

/** Name, bytes up to the close, what llhttp makes of the first response, `null` for an error, and our difference. */
type Vector = readonly [name: string, text: string, theirs: string | null, ours?: string | null];

const VECTORS: readonly Vector[] = [
  [
    "connection: Proxy-Connection",
    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nProxy-Connection: close\r\n\r\nhello world",
    "200 hello world",
  ],
  [
    "connection: HTTP/1.0 with keep-alive and EOF-terminated 200 status",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nHTTP/1.0 200 OK",
    "200 HTTP/1.0 200 OK",
  ],
  [
    "connection: HTTP/1.0 with keep-alive and 204 status",
    "HTTP/1.0 204 No content\r\nConnection: keep-alive\r\n\r\nHTTP/1.0 200 OK",
    "204 ",
  ],
  [
    "connection: HTTP/1.1 with EOF-terminated 200 status",
    "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK",
    "200 HTTP/1.1 200 OK",
  ],
  ["connection: HTTP/1.1 with 204 status", "HTTP/1.1 204 No content\r\n\r\nHTTP/1.1 200 OK", "204 "],
  [
    "connection: HTTP/1.1 with keep-alive disabled and 204 status",
    "HTTP/1.1 204 No content\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK",
    "204 ",
  ],
  [
    "connection: HTTP/1.1 with keep-alive disabled, content-length",
    "HTTP/1.1 200 No content\r\nContent-Length: 5\r\nConnection: close\r\n\r\n2ad731e3-4dcd-4f70-b871-0ad284b29ffc",
    "200 2ad73",
  ],
  [
    "connection: HTTP 101 response with Upgrade and Content-Length header",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbodyproto",
    "101 ",
  ],
  [
    "connection: HTTP 101 response with Upgrade and Transfer-Encoding header",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\nproto",
    "101 ",
  ],
  [
    "connection: HTTP 200 response with Upgrade header",
    "HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nbody",
    "200 body",
  ],
  [
    "connection: HTTP 200 response with Upgrade header and Content-Length",
    "HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody",
    "200 body",
  ],
  [
    "connection: HTTP 200 response with Upgrade header and Transfer-Encoding",
    "HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
    "200 body",
  ],
  [
    "connection: HTTP 304 with Content-Length",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "304 ",
  ],
  [
    "connection: HTTP 304 with Transfer-Encoding",
    "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    "304 ",
  ],
  [
    "connection: HTTP 100 first, then 400",
    "HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\nDate: Fri, 15 Sep 2023 19:47:23 GMT\r\nServer: Python/3.10 aiohttp/4.0.0a2.dev0\r\n\r\n404: Not Found",
    "404 404: Not Found",
    null,
  ], // an empty line before a status line
  [
    "connection: HTTP 103 first, then 200",
    "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nDate: Wed, 13 Sep 2023 11:09:41 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 17\r\n\r\nresponse content",
    "200 response content",
    null,
  ], // one byte is missing
  [
    "content-length: Response without Content-Length, but with body",
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\\"http://schemas.xmlsoap.org/soap/envelope/\\">\n  <SOAP-ENV:Body>\n    <SOAP-ENV:Fault>\n       <faultcode>SOAP-ENV:Client</faultcode>\n       <faultstring>Client Error</faultstring>\n    </SOAP-ENV:Fault>\n  </SOAP-ENV:Body>\n</SOAP-ENV:Envelope>',
    '200 <?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\\"http://schemas.xmlsoap.org/soap/envelope/\\">\n  <SOAP-ENV:Body>\n    <SOAP-ENV:Fault>\n       <faultcode>SOAP-ENV:Client</faultcode>\n       <faultstring>Client Error</faultstring>\n    </SOAP-ENV:Fault>\n  </SOAP-ENV:Body>\n</SOAP-ENV:Envelope>',
  ],
  [
    "content-length: Content-Length-X",
    "HTTP/1.1 200 OK\r\nContent-Length-X: 0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
    "200 OK",
  ],
  [
    "content-length: Content-Length reset when no body is received",
    "HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 456\r\n\r\n",
    "200 ",
  ],
  [
    "content-length: Tabs in Content-Length (surrounding)",
    "HTTP/1.1 200 OK\r\nContent-Length:\t42\t\r\n\r\n",
    "200 ",
    null,
  ], // the body is missing
  ["finish: It should be safe to finish with cb after empty response", "HTTP/1.1 200 OK\r\n\r\n", "200 "],
  ["invalid: Incomplete HTTP protocol", "HTP/1.1 200 OK\r\n\r\n", null],
  ["invalid: Extra digit in HTTP major version", "HTTP/01.1 200 OK\r\n\r\n", null],
  ["invalid: Extra digit in HTTP major version #2", "HTTP/11.1 200 OK\r\n\r\n", null],
  ["invalid: Extra digit in HTTP minor version", "HTTP/1.01 200 OK\r\n\r\n", null],
  ["invalid: Tab after HTTP version", "HTTP/1.1\t200 OK\r\n\r\n", null],
  ["invalid: CR before response and tab after HTTP version", "\rHTTP/1.1\t200 OK\r\n\r\n", null],
  ["invalid: Headers separated by CR", "HTTP/1.1 200 OK\r\nFoo: 1\rBar: 2\r\n\r\n", null],
  ["invalid: Bare CR after response line", "HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n", null],
  ["invalid: Bare CR followed by CR after response line", "HTTP/1.1 200 OK\r\rContent-Length: 4\r\n\r\nEvil", null],
  ["invalid: Invalid HTTP version", "HTTP/5.6 200 OK\r\n\r\n", null],
  ["invalid: Invalid space after start line", "HTTP/1.1 200 OK\r\n Host: foo", null],
  ["invalid: Extra space between HTTP version and status code", "HTTP/1.1  200 OK\r\n\r\n", null],
  ["invalid: Extra space between status code and reason", "HTTP/1.1 200  OK\r\n\r\n", "200 "],
  ["invalid: One-digit status code", "HTTP/1.1 2 OK\r\n\r\n", null],
  ["invalid: Only LFs present and no body", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", null],
  ["invalid: Only LFs present", "HTTP/1.1 200 OK\nFoo: abc\nBar: def\n\nBODY\n\\", null],
  [
    "pipelining: Should parse multiple events",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nAAA\r\nHTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nBBBB\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nCCCC",
    "200 AAA",
  ],
  [
    "sample: Simple response",
    "HTTP/1.1 200 OK\r\nHeader1: Value1\r\nHeader2:\t Value2\r\nContent-Length: 0\r\n\r\n",
    "200 ",
  ],
  ["sample: RTSP response", "RTSP/1.1 200 OK\r\n\r\n", "200 ", null], // another protocol
  ["sample: ICE response", "ICE/1.1 200 OK\r\n\r\n", "200 ", null], // another protocol
  ["sample: Error on invalid response start", "HTTPER/1.1 200 OK\r\n\r\n", null],
  ["sample: Empty body should not trigger spurious span callbacks", "HTTP/1.1 200 OK\r\n\r\n", "200 "],
  ["sample: Google 301", "HTTP/1.1 301 Moved Permanently\r\nContent-Length:  9  \r\n\r\n301 Moved", "301 301 Moved"],
  ["sample: No headers and no body", "HTTP/1.1 404 Not Found\r\n\r\n", "404 "],
  ["sample: No reason phrase", "HTTP/1.1 301\r\n\r\n", "301 "],
  ["sample: Empty reason phrase after space", "HTTP/1.1 200 \r\n\r\n", "200 "],
  ["sample: No carriage ret", "HTTP/1.1 200 O", null],
  [
    "sample: Underscore in header key",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDCLK_imp: v7;x;114750856;0-0;0;17820020;0/0;21603567/21621457/1;;~okv=;dcmt=text/xml;;~cs=o\r\n\r\n",
    "200 ",
  ],
  [
    "sample: bonjourmadame.fr",
    "HTTP/1.0 301 Moved Permanently\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
    "301 ",
  ],
  [
    "sample: Spaces in header value",
    "HTTP/1.1 200 OK\r\n.et-Cookie: PlaxoCS=1274804622353690521; path=/; domain=.plaxo.com\r\n_eep-Alive: timeout=45\r\n_onnection: Keep-Alive\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    "200 ",
  ],
  [
    "sample: Spaces in header name",
    "HTTP/1.1 200 OK\r\nen-US Content-Type: text/xml\r\nContent-Length: 16\r\nConnection: keep-alive\r\n\r\n<xml>hello</xml>",
    null,
  ],
  [
    "sample: Non ASCII in status line",
    "HTTP/1.1 500 Oriëntatieprobleem\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "500 ",
  ],
  ["sample: HTTP version 0.9", "HTTP/0.9 200 OK\r\n\r\n", "200 ", null], // a version without this head
  ["sample: No Content-Length, no Transfer-Encoding", "HTTP/1.1 200 OK\r\n\r\nhello world", "200 hello world"],
  [
    "sample: Response starting with CRLF",
    "\r\nHTTP/1.1 200 OK\r\nHeader1: Value1\r\nHeader2:\t Value2\r\nContent-Length: 0\r\n\r\n",
    "200 ",
    null,
  ], // an empty line before a status line
  [
    "transfer-encoding: Trailing space on chunked body",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n25  \r\nThis is the data in the first chunk\r\n\r\n1C\r\nand this is the second one\r\n\r\n0  \r\n\r\n",
    null,
  ],
  [
    "transfer-encoding: chunked before other transfer-encoding",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, deflate\r\n\r\nWorld",
    "200 World",
    null,
  ], // framing in doubt
  [
    "transfer-encoding: multiple transfer-encoding where chunked is not the last one",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\nWorld",
    "200 World",
    null,
  ], // framing in doubt
  [
    "transfer-encoding: chunkedchunked transfer-encoding does not enable chunked enconding",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunkedchunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
    "200 2\r\nOK\r\n0\r\n\r\n",
    null,
  ], // framing in doubt
  [
    "transfer-encoding: Chunk extensions",
    "HTTP/1.1 200 OK\r\nTransfer-encoding: chunked\r\n\r\n5;ilovew3;somuchlove=aretheseparametersfor\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n\r\n",
    "200 hello world",
  ],
  [
    "transfer-encoding: No semicolon before chunk extensions",
    "HTTP/1.1 200 OK\r\nTransfer-encoding: chunked\r\n\r\n2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n",
    null,
  ],
  [
    "transfer-encoding: No extension after semicolon",
    "HTTP/1.1 200 OK\r\nTransfer-encoding: chunked\r\n\r\n2;\r\naa\r\n0\r\n\r\n",
    null,
    "200 aa",
  ], // an empty extension, which is dropped like others
  [
    "transfer-encoding: Chunk extensions quoting",
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ilovew3="I love; extensions";somuchlove="aretheseparametersfor";blah;foo=bar\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n',
    "200 hello world",
    null,
  ], // the last line is missing
  [
    "transfer-encoding: Unbalanced chunk extensions quoting",
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ilovew3="abc";somuchlove="def; ghi\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n',
    null,
  ],
];

/** The one whose request is a HEAD. */
const TO_HEAD = "content-length: Content-Length reset when no body is received";

test("SimpleAsyncHTTPClient: reads the response vectors of llhttp", async () => {
  using client = SIMPLE.make({ defaults: { followRedirects: false } });
  for (const [name, text, ...outcomes] of VECTORS) {
    await using server = new ScriptedServer(() => [utf8(text), CLOSE]);
    const options = { method: name === TO_HEAD ? "HEAD" : "GET", raiseError: false };
    const outcome = await client.fetch(server.url(), options).then(
      (response) => `${response.code} ${response.text}`,
      () => null,
    );
    assertEquals(outcome, outcomes.at(-1), name);
  }
});
