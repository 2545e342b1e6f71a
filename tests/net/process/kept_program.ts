// A worker with an HTTP server that tells its number, for tests of kept connections.
import { HTTPHeaders, ResponseStartLine } from "../../../src/http/httputil.ts";
import { HTTPServer } from "../../../src/http/httpserver.ts";
import { taskId } from "../../../src/net/process.ts";

const OK = new ResponseStartLine("HTTP/1.1", 200, "OK");

new HTTPServer(({ connection }) => connection?.respond(OK, new HTTPHeaders(), String(taskId()))).listen(0);
