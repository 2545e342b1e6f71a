// Certificates of a private authority, and those of the client.
import { assertEquals, assertRejects } from "@std/assert";
import { once } from "node:events";
import { createServer } from "node:https";
import { HTTPClientError } from "../../../src/http/httpclient.ts";
import { clientTest, SIMPLE } from "./back_ends.ts";

function certificate(name: string): string {
  return new URL(`../../support/certs/${name}`, import.meta.url).pathname;
}

/** A server that asks each client for a certificate, and answers with the name in it; the path may redirect. */
async function startServer(): Promise<{ port: number } & AsyncDisposable> {
  const [cert, key, ca] = ["server.pem", "server_key.pem", "client_ca.pem"].map((name) =>
    Deno.readTextFileSync(certificate(name))
  );
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const to = new URL(request.url ?? "", "https://localhost").searchParams.get("to");
    if (to !== null) response.writeHead(302, { Location: to });
    const socket = request.socket;
    const subject = "getPeerCertificate" in socket && typeof socket.getPeerCertificate === "function"
      ? socket.getPeerCertificate().subject
      : null;
    response.end(`Hello, ${subject?.CN ?? "stranger"}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const OWN = { clientCert: certificate("client.pem"), clientKey: certificate("client_key.pem") };

clientTest(
  "test_reuse_certs: the client shows its certificate to the origin of the request, and to no other",
  async (make) => {
    await using server = await startServer();
    await using other = await startServer();
    using client = make({ defaults: { caCerts: certificate("ca.pem"), requestTimeout: 60 } });
    const url = `https://localhost:${server.port}/`;
    assertEquals((await client.fetch(url)).text, "Hello, stranger");
    assertEquals((await client.fetch(url, OWN)).text, "Hello, a client");
    // A connection that was made with it serves no request without it.
    assertEquals((await client.fetch(url)).text, "Hello, stranger");
    assertEquals((await client.fetch(`${url}?to=/`, OWN)).text, "Hello, a client");
    const away = `${url}?to=${encodeURIComponent(`https://localhost:${other.port}/`)}`;
    assertEquals((await client.fetch(away, OWN)).text, "Hello, stranger");
  },
);

clientTest(
  "a certificate of an authority that is not known, or for another name, is refused",
  async (make, backEnd) => {
    await using server = await startServer();
    using client = make({ defaults: { requestTimeout: 60 } });
    const refused = backEnd === SIMPLE ? Error : HTTPClientError;
    await assertRejects(() => client.fetch(`https://localhost:${server.port}/`), refused);
    const trusting = { caCerts: Deno.readTextFileSync(certificate("ca.pem")) };
    await assertRejects(() => client.fetch(`https://127.0.0.2:${server.port}/`, trusting), refused);
    assertEquals((await client.fetch(`https://127.0.0.1:${server.port}/`, trusting)).code, 200);
  },
);
