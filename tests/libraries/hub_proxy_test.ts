// The example hub_proxy beside configurable-http-proxy of npm: the same requests, the same answers.
import { assertEquals } from "@std/assert";
import { HubProxy, type HubProxyOptions } from "../../examples/hub_proxy/hub_proxy.ts";
import { type ConfigurableProxyPorts, startConfigurableProxies } from "../support/configurable_proxy.ts";
import { askRow, bodyOf, expectedOf } from "../support/hub_rest_client.ts";
import { REST_ROWS, TOKEN } from "../support/hub_rest_rows.ts";
import { RawClient } from "../support/raw_client.ts";
import { reply, ScriptedServer } from "../support/scripted_server.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const HERE = { ip: "127.0.0.1", port: 0 };

/** What a back end tells of a request: all that the options of the proxies may change. */
const TOLD = [
  "Host",
  "X-Forwarded-For",
  "X-Forwarded-Proto",
  "X-Forwarded-Port",
  "X-Forwarded-Host",
  "X-Custom",
  "Accept",
  "Cookie",
];

/** Options, routes, and the requests that both proxies get. */
interface Case {
  readonly name: string;
  readonly options: Partial<HubProxyOptions>;
  /** Path and target. */
  readonly routes: readonly (readonly [string, string])[];
  /** `METHOD TARGET HOST` each. */
  readonly requests: readonly string[];
  /** Tells whether the bodies of errors are the same too. */
  readonly comparesErrors?: boolean;
}

/** The options under the names of configurable-http-proxy. */
function theirOptions({ noForwarded = false, customHeaders = [], ...options }: Partial<HubProxyOptions>): unknown {
  return { xfwd: !noForwarded, headers: Object.fromEntries(customHeaders), ...options };
}

/** The port of a target, which is another one in each run, and may be in the text. */
function withoutPorts(text: string, ports: readonly number[]): string {
  return ports.reduce((result, port) => result.replaceAll(String(port), "PORT"), text);
}

/** Sends a request, and returns what is compared of the answer. */
async function ask(port: number, request: string, comparesErrors: boolean): Promise<unknown> {
  const [method = "", target = "", host = ""] = request.split(" ");
  const fields = `Host: ${host}\r\nConnection: close\r\nAccept: text/plain\r\nCookie: a=b; c="d e"\r\n`;
  const answer = await RawClient.exchange(port, `${method} ${target} HTTP/1.1\r\n${fields}\r\n`);
  const status = Number(answer.slice(9, 12));
  const location = /^Location: (.*)\r$/im.exec(answer)?.[1] ?? null;
  const body = status >= 400 && !comparesErrors ? null : withoutPorts(bodyOf(answer), [port]);
  return { request, status, location: location && withoutPorts(location, [port]), body };
}

test("hub_proxy: the rows of the REST interface are what configurable-http-proxy answers", async () => {
  await using theirs = await startConfigurableProxies([{ authToken: TOKEN }]);
  const [{ api }] = theirs.ports as readonly [ConfigurableProxyPorts];
  for (const row of REST_ROWS) {
    assertEquals(await askRow(row, api), expectedOf(row), `${row.method} ${row.path} ${JSON.stringify(row.body)}`);
  }
});

test("hub_proxy: passes requests on as configurable-http-proxy does", async (t) => {
  for (const code of [404, 503]) t.expectLog("tornado.access", new RegExp(`^${code} `));
  t.expectLog("tornado.general", /Cannot connect to/);
  using pages = new TempDir();
  pages.write("404.html", "<p>not here");
  pages.write("error.html", "<p>some error");
  const echo = (name: string) =>
    new ScriptedServer(({ method, target, headers }) => {
      if (target.endsWith("/leave")) return [reply("", [`Location: http://${headers.get("Host")}/x?y`], "302 Found")];
      if (target.endsWith("/far")) return [reply("", ["Location: http://far.example/x"], "301 Moved Permanently")];
      if (target.endsWith("/near")) return [reply("", ["Location: /near"], "303 See Other")];
      if (target.includes("/error/")) return [reply(`${name} ${target}`, [], "404 Not Found")];
      const fields = Object.fromEntries(TOLD.map((field) => [field, headers.get(field)]));
      return [reply(method === "HEAD" ? "" : JSON.stringify({ name, method, target, ...fields }))];
    });
  await using one = echo("one");
  await using two = echo("two");
  const [a, b] = [one.url(""), two.url("")];
  const gone = "http://127.0.0.1:1";
  const cases: Case[] = [
    {
      name: "without options",
      options: { defaultTarget: a },
      routes: [["/user/ada", b], ["/user/a%40b", `${b}/base`], ["/deep", `${a}/user`], ["/gone", gone]],
      // Theirs resolves the dots of a path before it passes it on.
      requests: [
        ...["/", "/x?y=z", "/user", "/users/", "/user/ada", "/user/ada/", "/user/ada/x/y?z=%20", "/user/adamant"],
        ...["/user/a@b/x", "/user/a%40b/x", "/user/a%40b?q", "/deep//x", "/gone", "/gone/x", "/%C3%A4"],
        ...["/user/ada/leave", "/user/ada/far", "/user/ada/near", "/_chp_healthz"],
      ].flatMap((target) => [`GET ${target} hub.example`, `GET ${target} hub.example:8443`])
        .concat(["HEAD /user/ada hub.example", "DELETE /user/ada/x hub.example", "OPTIONS /user/ada hub.example"]),
    },
    {
      name: "no routes",
      options: {},
      routes: [],
      requests: ["GET / hub.example", "GET /user/ada hub.example", "GET /_chp_healthz hub.example"],
    },
    {
      name: "without prefixes",
      options: { includePrefix: false },
      routes: [["/user/ada", b], ["/base/path", `${a}/base`]],
      requests: [
        ...["/user/ada", "/user/ada/", "/user/ada/x?y", "/user/ada?q", "/other"],
        ...["/base/path", "/base/path/", "/base/path/z", "/base/path?q", "/base/path/?q"],
      ].map((target) => `GET ${target} hub.example`),
    },
    {
      name: "without the paths of targets",
      options: { prependPath: false },
      routes: [["/", `${a}/base`], ["/user/ada", `${b}/base/`]],
      requests: ["/", "/x", "/user/ada", "/user/ada/x?y"].map((target) => `GET ${target} hub.example`),
    },
    {
      name: "without either",
      options: { prependPath: false, includePrefix: false },
      routes: [["/", `${a}/base`], ["/user/ada", `${b}/base`]],
      requests: ["/", "/x", "/user/ada/", "/user/ada/x?y"].map((target) => `GET ${target} hub.example`),
    },
    {
      name: "by host",
      options: { hostRouting: true, defaultTarget: a },
      routes: [["/one.example", a], ["/two.example", b], ["/two.example/deep", `${a}/deep`]],
      requests: ["/", "/x", "/deep/x"].flatMap((target) =>
        ["one.example", "two.example", "two.example:8000", "three.example"].map((host) => `GET ${target} ${host}`)
      ),
    },
    {
      name: "a server of error pages",
      options: { errorTarget: `${a}/error` },
      routes: [["/gone", gone], ["/user", b]],
      requests: ["/", "/a/b?c=d", "/gone/x", "/user/x", "/a%20b"].map((target) => `GET ${target} hub.example`),
      comparesErrors: true,
    },
    {
      name: "files of error pages",
      options: { errorPath: pages.path },
      routes: [["/gone", gone], ["/user", b]],
      requests: ["/", "/gone/x", "/user/x"].map((target) => `GET ${target} hub.example`),
      comparesErrors: true,
    },
    {
      // Without a port in Host, theirs leaves the target's port in a Location.
      name: "rewritten redirects",
      options: { autoRewrite: true, protocolRewrite: "https", changeOrigin: true },
      routes: [["/", a]],
      requests: ["/leave", "/far", "/near", "/x"].map((target) => `GET ${target} hub.example:8443`),
    },
    {
      name: "a field more, and none of the client",
      options: { customHeaders: [["X-Custom", "yes"]], noForwarded: true },
      routes: [["/", a]],
      requests: ["GET / hub.example", "POST /x hub.example"],
    },
  ];
  await using theirs = await startConfigurableProxies(cases.map(({ options }) => theirOptions(options)));
  for (const [index, { name, options, routes, requests, comparesErrors = false }] of cases.entries()) {
    const ports = theirs.ports[index];
    if (ports === undefined) throw new Error(`No proxy for ${name}`);
    await using hub = new HubProxy(options);
    const [proxy, api] = [hub.listen(HERE).port, hub.listenApi(HERE).port];
    for (const [path, target] of routes) {
      for (const port of [api, ports.api]) {
        const body = JSON.stringify({ target });
        const head =
          `POST /api/routes${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}`;
        assertEquals((await RawClient.exchange(port, `${head}\r\n\r\n${body}`)).slice(9, 12), "201");
      }
    }
    for (const request of requests) {
      const expected = await ask(ports.proxy, request, comparesErrors);
      assertEquals(await ask(proxy, request, comparesErrors), expected, `${name}: ${request}`);
    }
  }
});
