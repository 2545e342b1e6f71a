// The least that a request on a connection that stays can cost on stream handles: read, write a constant.
import { answerReads } from "./floor.ts";

const ANSWER = new TextEncoder().encode(
  "HTTP/1.1 200 OK\r\nServer: floor\r\nContent-Type: text/html; charset=UTF-8\r\n" +
    "Date: Mon, 30 Nov 2026 00:00:00 GMT\r\n" +
    'Etag: "e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"\r\nContent-Length: 12\r\n\r\nHello, world',
);
const constant = () => ANSWER;

answerReads(() => constant);
