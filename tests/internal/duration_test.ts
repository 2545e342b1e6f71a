import { assertRejects, assertThrows } from "@std/assert";
import { AsyncHTTPClient } from "../../src/http/httpclient.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { ServeServer } from "../../src/http/serve.ts";
import { IOLoop } from "../../src/net/ioloop.ts";
import { Supervisor } from "../../src/net/process.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";
import { websocketConnect } from "../../src/websocket/mod.ts";
import { test } from "../support/test.ts";

// What a program without types passes: the text of an option, say, or the quotient of two of them.
const WRONG = ["5", NaN, true, { seconds: 5 }];

/** Calls with options that the compiler refuses. */
const call = (func: (...args: never[]) => unknown, ...args: unknown[]): unknown => Reflect.apply(func, null, args);

test("a time that is not a number is refused where it is given, by its name", async () => {
  const loop = IOLoop.current();
  const server = () => {};
  await using client = new AsyncHTTPClient({ forceInstance: true });
  for (const value of WRONG) {
    const message = (name: string) => `Unsupported ${name}, not a number of seconds: ${Deno.inspect(value)}`;
    for (const name of ["headerTimeout", "idleConnectionTimeout", "bodyTimeout", "stallTimeout"]) {
      assertThrows(() => Reflect.construct(HTTPServer, [server, { [name]: value }]), TypeError, message(name));
    }
    const tls = { sslHandshakeTimeout: value };
    assertThrows(() => Reflect.construct(TCPServer, [tls]), TypeError, message("sslHandshakeTimeout"));
    for (const name of ["startTimeout", "drainTimeout", "heartbeatInterval", "heartbeatTimeout", "restartWindow"]) {
      assertThrows(() => Reflect.construct(Supervisor, [{ [name]: value }]), TypeError, message(name));
    }
    assertThrows(
      () => Reflect.construct(AsyncHTTPClient, [{ forceInstance: true, idleTimeout: value }]),
      TypeError,
      message("idleTimeout"),
    );
    for (const name of ["connectTimeout", "requestTimeout", "stallTimeout"]) {
      const fetch = async () => await Reflect.apply(client.fetch, client, ["http://localhost/", { [name]: value }]);
      await assertRejects(fetch, TypeError, message(name));
    }
    for (const name of ["connectTimeout", "pingInterval", "pingTimeout"]) {
      const connect = async () => await call(websocketConnect, "ws://localhost/", { [name]: value });
      await assertRejects(connect, TypeError, message(name));
    }
    assertThrows(() => Reflect.apply(loop.callLater, loop, [value, () => {}]), TypeError, message("delay"));
    const servers = [new TCPServer(), new HTTPServer(server), new ServeServer(server)];
    for (const one of servers) {
      const drain = async () => await Reflect.apply(one.drain, one, [value]);
      await assertRejects(drain, TypeError, message("deadline"));
    }
    const run = async () => await Reflect.apply(loop.runSync, loop, [() => {}, { timeout: value }]);
    await assertRejects(run, TypeError, message("timeout"));
  }
});
