import { assertEquals } from "@std/assert";
import type { HTTPServerRequest } from "../../../src/http/httputil.ts";
import { ServeServer } from "../../../src/http/serve.ts";
import { HTTPServer } from "../../../src/http/httpserver.ts";
import { IOStream } from "../../../src/net/iostream.ts";
import { bindUnixSocket } from "../../../src/net/netutil.ts";
import { RawClient } from "../../support/raw_client.ts";
import { answer, contractTest, type Engine, reply, serve, type ServerOptions } from "./engine.ts";

const certificates = new URL("../../support/certs/", import.meta.url);

function who({ connection, remoteIp, protocol }: HTTPServerRequest): void {
  reply(connection, `${remoteIp} ${protocol}`);
}

/** What the application learns of the other end, and whom it believes. */
export function peerContract(engine: Engine): void {
  async function ask(options: ServerOptions, heads: string[][]): Promise<string[]> {
    await using server = serve(engine, who, options);
    using client = await RawClient.connect(server.port);
    const seen: string[] = [];
    for (const lines of heads) {
      await client.send(["GET / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n"));
      seen.push((await answer(client)).body);
    }
    return seen;
  }

  contractTest(engine, "the client's address and the protocol are those of the socket", async () => {
    assertEquals(await ask({}, [[]]), ["127.0.0.1 http"]);
  });

  contractTest(engine, "proxy headers are not believed without xheaders", async () => {
    assertEquals(await ask({}, [["X-Real-Ip: 1.2.3.4", "X-Scheme: https"]]), ["127.0.0.1 http"]);
  });

  contractTest(engine, "protocol replaces that of the socket", async () => {
    assertEquals(await ask({ protocol: "https" }, [[]]), ["127.0.0.1 https"]);
  });

  contractTest(engine, "xheaders: addresses and protocols of proxy headers, for one request each", async () => {
    const cases: [string[], string][] = [
      [["X-Real-Ip: 1.2.3.4"], "1.2.3.4 http"],
      [[], "127.0.0.1 http"],
      [["X-Forwarded-For: 5.6.7.8"], "5.6.7.8 http"],
      [["X-Forwarded-For: 4.4.4.4, 5.5.5.5"], "5.5.5.5 http"],
      [["X-Forwarded-For: 4.4.4.4", "X-Real-Ip: 1.2.3.4"], "1.2.3.4 http"],
      [["X-Real-Ip: 2620:0:1cfe:face:b00c::3"], "2620:0:1cfe:face:b00c::3 http"],
      [["X-Real-Ip: 4[.]"], "127.0.0.1 http"],
      [["X-Forwarded-For: unknown"], "127.0.0.1 http"],
      [["X-Real-Ip: localhost", "X-Forwarded-For: 4.4.4.4"], "4.4.4.4 http"],
      [["X-Forwarded-For:"], "127.0.0.1 http"],
      [["X-Scheme: https"], "127.0.0.1 https"],
      [["X-Forwarded-Proto: https"], "127.0.0.1 https"],
      [["X-Forwarded-Proto: https , http"], "127.0.0.1 http"],
      [["X-Forwarded-Proto: http,https"], "127.0.0.1 https"],
      [["X-Scheme: http", "X-Forwarded-Proto: https"], "127.0.0.1 http"],
      [["X-Scheme: unknown"], "127.0.0.1 http"],
      [["X-Forwarded-Proto: HTTPS"], "127.0.0.1 https"],
      [["X-Forwarded-Proto: wss"], "127.0.0.1 https"],
      [["X-Forwarded-Proto: ws"], "127.0.0.1 http"],
      [["X-Forwarded-For: 203.0.113.7:51008"], "203.0.113.7 http"],
      [["X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: [2001:db8::1]:4711"], "2001:db8::1 http"],
      [["Forwarded: for=1.2.3.4;proto=https"], "127.0.0.1 http"],
      [[], "127.0.0.1 http"],
    ];
    assertEquals(await ask({ xheaders: true }, cases.map(([lines]) => lines)), cases.map(([, seen]) => seen));
  });

  contractTest(engine, "trustedDownstream: trusted proxies are skipped from the right", async () => {
    const options = { xheaders: true, trustedDownstream: ["5.5.5.5", "6.6.6.6"] };
    const cases: [string, string][] = [
      ["X-Forwarded-For: 127.0.0.2, 5.5.5.5", "127.0.0.2 http"],
      ["X-Forwarded-For: 4.4.4.4, 5.5.5.5,6.6.6.6", "4.4.4.4 http"],
      ["X-Forwarded-For: 1.1.1.1, 4.4.4.4, 5.5.5.5", "4.4.4.4 http"],
      ["X-Forwarded-For: 6.6.6.6, 5.5.5.5", "6.6.6.6 http"],
      ["X-Forwarded-For: 4.4.4.4", "4.4.4.4 http"],
      ["X-Forwarded-For: 4.4.4.4, 8.8.8.8", "8.8.8.8 http"],
    ];
    assertEquals(await ask(options, cases.map(([line]) => [line])), cases.map(([, seen]) => seen));
  });

  contractTest(engine, "forwarded: address and protocol of Forwarded, and no other header", async () => {
    const cases: [string[], string][] = [
      [['Forwarded: for=1.2.3.4, for="[2001:db8::1]:80";proto=https'], "2001:db8::1 https"],
      [["Forwarded: for=4.4.4.4;proto=https", "Forwarded: for=5.5.5.5;proto=http"], "4.4.4.4 https"],
      [["X-Real-Ip: 1.2.3.4", "X-Scheme: https"], "127.0.0.1 http"],
      [[], "127.0.0.1 http"],
    ];
    const options = { forwarded: true, trustedDownstream: ["5.5.5.5"] };
    assertEquals(await ask(options, cases.map(([lines]) => lines)), cases.map(([, seen]) => seen));
  });

  contractTest(engine, "over TLS the protocol is https", async () => {
    const read = (name: string) => Deno.readTextFile(new URL(name, certificates));
    const [cert, key, ca] = await Promise.all([read("server.pem"), read("server_key.pem"), read("ca.pem")]);
    await using server = serve(engine, who, { sslOptions: { cert, key } });
    using client = Deno.createHttpClient({ caCerts: [ca] });
    const response = await fetch(`https://localhost:${server.port}/`, { client });
    assertEquals(await response.text(), "127.0.0.1 https");
  });

  contractTest(engine, "the scheme of an absolute target does not replace the protocol of the socket", async () => {
    await using server = serve(engine, who);
    using client = await RawClient.connect(server.port);
    for (const target of ["https://a/", "HTTPS://a/", "https://b/", "http://a/"]) {
      await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      assertEquals((await answer(client)).body, "127.0.0.1 http", target);
    }
  });

  contractTest(engine, "the address of a client on a unix socket is 0.0.0.0", async () => {
    const directory = await Deno.makeTempDir();
    try {
      const path = `${directory}/socket`;
      await using server = unixServer(path);
      void server;
      using stream = await IOStream.connect({ transport: "unix", path });
      await stream.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
      const text = new TextDecoder().decode(await stream.readUntilClose());
      assertEquals(text.split("\r\n\r\n")[1], "0.0.0.0 http");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });

  function unixServer(path: string): AsyncDisposable {
    if (engine.name === "serve") {
      const server = new ServeServer(who);
      server.listenUnix(path);
      return server;
    }
    const server = new HTTPServer(who);
    server.addSocket(bindUnixSocket(path));
    return server;
  }
}
