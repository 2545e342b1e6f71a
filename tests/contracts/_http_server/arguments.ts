import { assert, assertEquals } from "@std/assert";
import { ParseBodyConfig, ParseUrlEncodedConfig, setParseBodyConfig } from "../../../src/http/httputil.ts";
import { RequestHandler } from "../../../src/web/mod.ts";
import { latin1 } from "../../support/bytes.ts";
import { answer, reply, utf8 } from "./engine.ts";
import { ask, site, siteTest, visit, type Way, writes } from "./site.ts";

const URLENCODED = "Content-Type: application/x-www-form-urlencoded";
const MULTIPART = "Content-Type: multipart/form-data; boundary=X";

/** A form field in a multipart body. */
function part(name: string, value: string): string {
  return latin1(utf8(`--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`));
}

class Count extends RequestHandler {
  override get(): void {
    this.write(String(this.getArguments("a").length));
  }
  override post(): void {
    this.get();
  }
}

/** What arguments of the query and of forms are, and how many there may be. */
export function argumentContract(way: Way): void {
  siteTest(way, "a query of more than 1000 arguments is 400 and one line, also for 404 and 405", async (t) => {
    await using client = site(way, [["/", Count], ["/get", writes(() => "x")]]);
    const queries: [string, number][] = [
      [Array(1000).fill("a=1").join("&"), 200],
      [`${Array(1000).fill("a=1").join("&")}&`, 400],
      ["&".repeat(999), 200],
      ["&".repeat(1000), 400],
      [`?${"&".repeat(20_000)}`, 400],
    ];
    for (const [query, status] of queries) {
      assertEquals((await ask(client, `/?${query}`)).status, status);
      assertEquals((await ask(client, `/none?${query}`)).status, status === 200 ? 404 : status);
      assertEquals((await ask(client, `/get?${query}`, [], "POST")).status, status === 200 ? 405 : status);
    }
    const lines = t.logs.filter((record) => record.name === "tornado.general").map((record) => record.getMessage());
    assertEquals(lines, Array(9).fill("Malformed HTTP message from 127.0.0.1: The query has more than 1000 arguments"));
  });

  siteTest(way, "a form of more than 1000 arguments is a 400 page and one line, also for 404", async (t) => {
    t.expectLog("tornado.general", /^400 POST \/.*: Invalid body: The form has more than 1000 arguments$/);
    await using client = site(way, [["/", Count], ["/get", writes(() => "x")]]);
    const forms: [string, string, number][] = [
      ["/", Array(1000).fill("a=1").join("&"), 200],
      ["/", `${Array(1000).fill("a=1").join("&")}&`, 400],
      ["/", "a&".repeat(500_000), 400],
      ["/none", "&".repeat(1000), 400],
      ["/none", "&".repeat(999), 404],
      ["/get", "&".repeat(1000), 400],
      ["/get", "&".repeat(999), 405],
    ];
    for (const [path, body, status] of forms) {
      const got = await ask(client, path, [URLENCODED], "POST", body);
      assertEquals([got.status, path], [status, path]);
      if (status === 200) assertEquals(got.body, "1000");
      else assert(got.body.startsWith(`<html><title>${status}`), got.body);
    }
    const lines = t.logs.filter((record) => record.name === "tornado.general");
    assertEquals(lines.length, 4);
  });

  siteTest(way, "a function gets no form of too many arguments", async () => {
    await using client = visit(way, (request) => reply(request.connection, "called"));
    assertEquals((await ask(client, "/", [URLENCODED], "POST", "&".repeat(1000))).status, 400);
    assertEquals((await ask(client, "/", [URLENCODED], "POST", "&".repeat(999))).body, "called");
    assertEquals((await ask(client, "/", ["Content-Type: text/plain"], "POST", "&".repeat(1000))).body, "called");
  });

  siteTest(way, "the configuration of the process sets how many arguments there may be", async (t) => {
    t.expectLog("tornado.general", /more than 1 arguments$/);
    setParseBodyConfig(new ParseBodyConfig({ urlencoded: new ParseUrlEncodedConfig({ maxArguments: 1 }) }));
    try {
      await using client = site(way, [["/", Count]]);
      const statuses: number[] = [];
      for (const query of ["?a=1", "?a=1&a=2"]) statuses.push((await ask(client, `/${query}`)).status);
      for (const body of ["a=1", "a=1&"]) {
        statuses.push((await ask(client, "/", [URLENCODED], "POST", body)).status);
      }
      assertEquals(statuses, [200, 400, 200, 400]);
    } finally {
      setParseBodyConfig(new ParseBodyConfig());
    }
  });

  siteTest(way, "names beyond ASCII are text, in query, form and multipart alike", async () => {
    class Read extends RequestHandler {
      override get(): void {
        const { queryArguments, bodyArguments } = this.request;
        const names = [...Object.keys(queryArguments), ...Object.keys(bodyArguments)];
        this.write({ names, value: this.getArgument("größe"), all: this.getArguments("größe") });
      }
      override post(): void {
        this.get();
      }
    }
    await using client = site(way, [["/", Read]]);
    const query = await ask(client, "/?gr%C3%B6%C3%9Fe=5&%F0%9F%92%A9&%e9=1");
    assertEquals(JSON.parse(query.text), { names: ["größe", "💩", "é"], value: "5", all: ["5"] });
    for (const name of ["gr%C3%B6%c3%9Fe", latin1(utf8("größe"))]) {
      const form = await ask(client, "/", [URLENCODED], "POST", `${name}=5&${name}=6`);
      assertEquals(JSON.parse(form.text), { names: ["größe"], value: "6", all: ["5", "6"] });
    }
    const multipart = await ask(client, "/?gr%C3%B6%C3%9Fe=4", [MULTIPART], "POST", `${part("größe", "5")}--X--\r\n`);
    assertEquals(JSON.parse(multipart.text), { names: ["größe", "größe"], value: "5", all: ["4", "5"] });
  });

  siteTest(way, "a head with more than 1000 fields is refused", async () => {
    await using client = visit(way, (request) => reply(request.connection, String(request.headers.size)));
    const status = async (count: number) => {
      using connection = await client.connect();
      const fields = Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join("");
      await connection.send(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
      return (await answer(connection)).status;
    };
    assertEquals(await status(50), 200);
    // Deno.serve allows fewer, and answers itself.
    const [most, refused] = way.engine === "listen" ? [999, 431] : [100, 400];
    assertEquals(await status(most), 200);
    assertEquals(await status(1000), refused);
    assertEquals(await status(3000), refused);
  });
}
