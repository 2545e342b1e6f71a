import { assert, assertEquals, assertThrows } from "@std/assert";
import { sslOptionsToContext } from "../../../src/net/netutil.ts";
import { test } from "../../support/test.ts";

const certs = new URL("../../support/certs/", import.meta.url);

test("sslOptionsToContext reads files by path and URL, takes PEM text, and leaves its own results as they are", async () => {
  const [cert, key, ca] = await Promise.all(
    ["server.pem", "server_key.pem", "ca.pem"].map((name) => Deno.readTextFile(new URL(name, certs))),
  );
  assert(cert && key && ca);
  const expected = { cert, key };
  const path = new URL("server.pem", certs).pathname;
  assertEquals(sslOptionsToContext({ certfile: path, keyfile: new URL("server_key.pem", certs) }, true), expected);
  assertEquals(sslOptionsToContext({ cert, key }, true), expected);
  assertEquals(sslOptionsToContext({ certfile: cert, key: new URL("server_key.pem", certs) }), expected);
  const both = cert + key;
  assertEquals(sslOptionsToContext({ certfile: both }, true), { cert: both, key: both });
  const client = sslOptionsToContext({ caCerts: new URL("ca.pem", certs), alpnProtocols: ["h2"] }, false);
  assertEquals(client, { caCerts: [ca], alpnProtocols: ["h2"] });
  assertEquals(sslOptionsToContext({ caCerts: [ca, new URL("ca.pem", certs).pathname] }), { caCerts: [ca, ca] });
  assertEquals(sslOptionsToContext(client, false), client);
  assertEquals(sslOptionsToContext({}), {});
});

test("sslOptionsToContext refuses what is missing, cannot be read or cannot be done", async () => {
  const certfile = new URL("server.pem", certs);
  const keyfile = new URL("server_key.pem", certs);
  assertThrows(() => sslOptionsToContext({}, true), TypeError, "no certfile");
  assertThrows(() => sslOptionsToContext({ keyfile }, true), TypeError, "no certfile");
  assertThrows(() => sslOptionsToContext({ certfile }, true), TypeError, "keyfile: it holds no PRIVATE KEY");
  assertThrows(() => sslOptionsToContext({ certfile: keyfile }, true), TypeError, "certfile: it holds no CERTIFICATE");
  const missing = assertThrows(() => sslOptionsToContext({ certfile: "/does/not/exist" }), Error, "/does/not/exist");
  assert(missing.cause instanceof Deno.errors.NotFound);
  for (const certReqs of ["required", "optional"] as const) {
    assertThrows(() => sslOptionsToContext({ certfile, keyfile, certReqs }, true), Error, certReqs);
  }
  for (const certReqs of ["none", "optional"] as const) {
    assertThrows(() => sslOptionsToContext({ certReqs }, false), Error, certReqs);
  }
  const key = (await Deno.readTextFile(keyfile)).replaceAll("PRIVATE KEY", "EC PRIVATE KEY");
  assertEquals(sslOptionsToContext({ certfile, key, certReqs: "none" }, true).key, key);
});
