import { assertEquals, assertThrows } from "@std/assert";
import {
  booleanFromText,
  type Declarations,
  fileField,
  listOf,
  numberFromText,
  openapi,
  type StandardSchema,
  TypedHandler,
  type TypedHandlerClass,
  withJsonSchema,
} from "../../src/api/mod.ts";
import { TypedWebSocketHandler } from "../../src/api/websocket.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application, authenticated, RequestHandler, url } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";
import { integer, later, object, optional, text } from "./schemas.ts";

const info = { title: "Users", version: "1.0.0" };
const described = withJsonSchema(text, { type: "string", minLength: 1 });
const maybe = withJsonSchema(optional(text), { type: "string" });
const user = withJsonSchema(object({ id: integer }), { type: "object", properties: { id: { type: "integer" } } });

/** Makes a handler that overrides all methods, so that it answers those that are declared. */
function Answering(declarations: Declarations): TypedHandlerClass<Declarations> {
  return class extends TypedHandler<Declarations>(declarations) {
    override get(): void {}
    override head(): void {}
    override post(): void {}
    override put(): void {}
    override patch(): void {}
    override delete(): void {}
  };
}

function pathsOf(declarations: Declarations, pattern: string | RegExp | URLPattern = "/"): Record<string, unknown> {
  return openapi(new Application([url(pattern, Answering(declarations))]), info).paths;
}

function problem(description: string): { description: string; content: Record<string, object> } {
  const schema = { $ref: "#/components/schemas/Problem" };
  return { description, content: { "application/problem+json": { schema } } };
}

const answers = {
  400: problem("Bad Request"),
  422: problem("Unprocessable Entity"),
  204: { description: "No Content" },
};

test("openapi() describes parameters, and which of them are required", () => {
  const declarations: Declarations = {
    get: {
      path: { id: numberFromText() },
      query: { q: described, page: maybe, all: booleanFromText(), tag: listOf(described) },
      headers: { "X-Version": maybe },
      cookies: { session: withJsonSchema(later(text), { type: "string" }) },
      response: { 204: null },
    },
  };
  assertEquals(pathsOf(declarations, "/users/([0-9]+)"), {
    "/users/{id}": {
      get: {
        parameters: [
          { name: "id", in: "path", required: true, schema: { type: "number" } },
          { name: "q", in: "query", required: true, schema: { type: "string", minLength: 1 } },
          { name: "page", in: "query", required: false, schema: { type: "string" } },
          { name: "all", in: "query", required: true, schema: { type: "boolean" } },
          {
            name: "tag",
            in: "query",
            required: false,
            schema: { type: "array", items: { type: "string", minLength: 1 } },
          },
          { name: "X-Version", in: "header", required: false, schema: { type: "string" } },
          { name: "session", in: "cookie", required: true, schema: { type: "string" } },
        ],
        responses: answers,
      },
    },
  });
});

test("openapi() says that a malformed form is refused also where no body is declared", async (t) => {
  t.expectLog("tornado.general", /^400/);
  t.expectLog("tornado.access", /^400/);
  const app = new Application([["/", Answering({ delete: { response: { 204: null } } })]]);
  assertEquals(openapi(app, info).paths["/"]?.delete, { responses: { 204: answers[204], 400: answers[400] } });
  await using client = new TestClient(app);
  const { code, headers } = await client.delete("/", { headers: { "Content-Type": "multipart/form-data" }, body: "a" });
  assertEquals([code, headers.get("Content-Type")], [400, "application/problem+json"]);
});

test("openapi() describes bodies by media type, and responses by status beside problems of the same", () => {
  const form = { name: described, nick: maybe };
  const declarations: Declarations = {
    post: { body: user, response: { 201: user, 400: null, 415: user } },
    put: { body: { json: maybe, form, multipart: { ...form, photo: fileField() } }, response: { 204: null } },
    delete: { response: { 204: null } },
  };
  const json = { type: "object", properties: { id: { type: "integer" } } };
  const properties = { name: { type: "string", minLength: 1 }, nick: { type: "string" } };
  const photo = { type: "string", contentMediaType: "application/octet-stream" };
  assertEquals(pathsOf(declarations), {
    "/": {
      post: {
        requestBody: { required: true, content: { "application/json": { schema: json } } },
        responses: {
          400: answers[400],
          422: answers[422],
          201: { description: "Created", content: { "application/json": { schema: json } } },
          415: {
            description: "Unsupported Media Type",
            content: { ...problem("Unsupported Media Type").content, "application/json": { schema: json } },
          },
        },
      },
      put: {
        requestBody: {
          required: false,
          content: {
            "application/json": { schema: { type: "string" } },
            "application/x-www-form-urlencoded": { schema: { type: "object", properties, required: ["name"] } },
            "multipart/form-data": {
              schema: { type: "object", properties: { ...properties, photo }, required: ["name", "photo"] },
            },
          },
        },
        responses: { ...answers, 415: problem("Unsupported Media Type") },
      },
      delete: { responses: { 204: answers[204], 400: answers[400] } },
    },
  });
});

test("openapi() finds the paths of all patterns, within routers and behind hosts, and no other handlers", () => {
  class Item extends Answering({ get: { path: { id: described, key: described }, response: { 204: null } } }) {}
  class List extends Answering({ get: { response: { 204: null } } }) {}
  class Shadowed extends Answering({ post: { response: { 204: null } } }) {}
  const app = new Application([
    ["/named/(?P<key>[^/]+)/x/(?P<id>[^/]+)", Item],
    ["/order/([^/]+)/(.*)", Item],
    [new URLPattern({ pathname: "/url/:key/:id" }), Item],
    ["/inner/.*", [["/inner/list", List]]],
    ["/list", List],
    ["/list", Shadowed],
    ["/plain", RequestHandler],
  ]);
  app.addHandlers("api\\.example\\.org", [["/host", List]]);
  const { openapi: version, paths } = openapi(app, info);
  assertEquals(version, "3.1.1");
  assertEquals(Object.keys(paths), [
    "/host",
    "/named/{key}/x/{id}",
    "/order/{id}/{key}",
    "/url/{key}/{id}",
    "/inner/list",
    "/list",
  ]);
  assertEquals(Object.keys(paths["/list"] ?? {}), ["get"]);
});

test("openapi() gives a schema with references a place of its own", () => {
  const tree = withJsonSchema(user, {
    type: "object",
    properties: { next: { $ref: "#" }, leaf: { $ref: "#/$defs/L" } },
  });
  const Trees = Answering({ post: { body: tree, response: {} } });
  const { paths, components } = openapi(new Application([["/trees", Trees]]), info);
  const root = "#/components/schemas/POST_trees_body";
  const [content] = Object.values((paths["/trees"]?.post as { requestBody: { content: object } }).requestBody.content);
  assertEquals(content, { schema: { $ref: root } });
  assertEquals(components.schemas["POST_trees_body"], {
    type: "object",
    properties: { next: { $ref: root }, leaf: { $ref: `${root}/$defs/L` } },
  });
});

test("openapi() leads the references of a list to its items, and to the definitions of an item", () => {
  const tree = withJsonSchema(user, {
    $schema: "a",
    properties: { next: { $ref: "#" }, leaf: { $ref: "#/$defs/a~1b" }, lost: { $ref: "#/$defs/none" } },
    $defs: { "a/b": { items: { $ref: "#/$defs/a~1b/items" } } },
  });
  const Trees = Answering({
    get: { response: { 200: listOf(tree) } },
  });
  const { components } = openapi(new Application([["/trees", Trees]]), info);
  const list = "#/components/schemas/GET_trees_response_200";
  const next = { $ref: `${list}/items` };
  assertEquals(components.schemas["GET_trees_response_200"], {
    type: "array",
    items: { properties: { next, leaf: { $ref: "#/components/schemas/a_b" }, lost: { $ref: `${list}/$defs/none` } } },
  });
  assertEquals(components.schemas["a_b"], { items: { $ref: "#/components/schemas/a_b/items" } });
});

test("openapi() gives definitions places of their own, since many tools see nothing beside a reference", () => {
  const tree = withJsonSchema(user, {
    $ref: "#/$defs/tree",
    $defs: { tree: { properties: { leaf: { $ref: "#/$defs/__0" } } }, __0: { type: "null" } },
  });
  const Trees = Answering({ post: { body: tree, response: {} } });
  const { paths, components } = openapi(new Application([["/t", Trees]]), info);
  assertEquals(Object.entries(components.schemas).slice(1), [
    ["tree", { properties: { leaf: { $ref: "#/components/schemas/POST_t_body._0" } } }],
    ["POST_t_body._0", { type: "null" }],
  ]);
  const { requestBody } = paths["/t"]?.post as { requestBody: object };
  const schema = { $ref: "#/components/schemas/tree" };
  assertEquals(requestBody, { required: true, content: { "application/json": { schema } } });
});

/** A schema that refers to definitions of its own. */
function referring(definitions: Record<string, object>): StandardSchema {
  const items = Object.keys(definitions).map((name) => ({ $ref: `#/$defs/${name}` }));
  return withJsonSchema(user, { oneOf: items, $defs: definitions });
}

test("openapi() has one component for definitions that have a name and are alike", () => {
  const a = { type: "string" };
  const b = { items: { $ref: "#/$defs/a" } };
  const Both = Answering({
    get: { response: { 200: referring({ a, b }), 201: referring({ a }) } },
    post: { body: referring({ a }), response: {} },
  });
  const { paths, components } = openapi(new Application([["/", Both]]), info);
  assertEquals(Object.entries(components.schemas).slice(1), [
    ["a", a],
    ["b", { items: { $ref: "#/components/schemas/a" } }],
  ]);
  const { responses } = paths["/"]?.get as { responses: Record<string, { content: object }> };
  assertEquals(responses["201"]?.content, {
    "application/json": { schema: { oneOf: [{ $ref: "#/components/schemas/a" }] } },
  });
});

test("openapi() names definitions after their direction or their place if they are not alike, and what leads to them", () => {
  const text = { type: "string" };
  const list = { items: { $ref: "#/$defs/a" } };
  const namesOf = (sent: StandardSchema, first: StandardSchema, second = first) => {
    const Both = Answering({ get: { response: { 200: first, 201: second } }, post: { body: sent, response: {} } });
    return Object.keys(openapi(new Application([["/", Both]]), info).components.schemas).slice(1);
  };
  assertEquals(namesOf(referring({ a: text }), referring({ a: {} })), ["a", "aInput"]);
  assertEquals(namesOf(referring({ a: text, b: list }), referring({ a: {}, b: list })), ["a", "b", "aInput", "bInput"]);
  assertEquals(namesOf(referring({ a: text }), referring({ a: text }), referring({ a: {} })), [
    "GET_response_200.a",
    "GET_response_201.a",
    "POST_body.a",
  ]);
  assertEquals(namesOf(referring({ a: text, aInput: text }), referring({ a: {} })), [
    "GET_response_200.a",
    "GET_response_201.a",
    "POST_body.a",
    "aInput",
  ]);
  assertEquals(namesOf(referring({ Problem: text }), referring({ b: text })), ["b", "ProblemInput"]);
});

test("openapi() has the texts of a parameter beside its schema", () => {
  const schema = { type: "string", description: "A text", deprecated: true };
  const { "/": operations } = pathsOf({ get: { query: { q: withJsonSchema(text, schema) }, response: { 204: null } } });
  const { get } = operations as { get: { parameters: object[] } };
  assertEquals(get.parameters, [
    { name: "q", in: "query", required: true, description: "A text", deprecated: true, schema },
  ]);
});

test("openapi() describes a method that answers with JSON or streams events", () => {
  const { "/": operations } = pathsOf({ get: { events: { price: described }, response: { 200: user } } });
  const { get } = operations as { get: { responses: Record<string, { content: object }> } };
  assertEquals(Object.keys(get.responses[200]?.content ?? {}), ["application/json", "text/event-stream"]);
});

test("openapi() describes the first of rules whose paths differ in the names of groups, to OpenAPI the same path", () => {
  class ById extends Answering({ get: { path: { id: described }, response: { 204: null } } }) {}
  class ByName extends Answering({ get: { path: { name: described }, response: { 204: null } } }) {}
  class Both extends Answering({
    get: { path: { id: described }, response: { 204: null } },
    put: { path: { name: described }, response: { 204: null } },
  }) {}
  const { paths } = openapi(new Application([["/([0-9]+)", ById], ["/(?P<name>[a-z]+)", ByName]]), info);
  assertEquals(Object.keys(paths), ["/{id}"]);
  assertThrows(
    () => openapi(new Application([["/(.*)", Both]]), info),
    TypeError,
    "Cannot describe /{name}: another method of its handler calls its groups as in /{id}",
  );
});

test("openapi() has the texts of methods, and the servers", () => {
  const texts = { summary: "All", description: "*All*", tags: ["a"], operationId: "list", deprecated: true };
  assertEquals(pathsOf({ get: { ...texts, response: { 204: null } } }), {
    "/": { get: { ...texts, responses: { 204: answers[204], 400: answers[400] } } },
  });
  const servers = [{ url: "/v1", description: "Here" }];
  assertEquals(openapi(new Application(), info, { servers }).servers, servers);
  const Listed = Answering({ get: { operationId: "list", response: { 204: null } } });
  // The second rule for a path is never asked.
  openapi(new Application([["/a", Listed], ["/a", Listed]]), info);
  assertThrows(
    () => openapi(new Application([["/a", Listed], ["/b", Listed]]), info),
    TypeError,
    "Cannot describe GET /b: GET /a has its operationId",
  );
});

test("openapi() refuses what it cannot express, and names the route and the field", () => {
  const dates: StandardSchema = {
    "~standard": {
      ...text["~standard"],
      vendor: "dates",
      jsonSchema: {
        input: () => {
          throw new Error("Dates have no JSON Schema");
        },
        output: () => ({ type: "string" }),
      },
    },
  };
  const response = { 204: null };
  const cases: [Declarations, string, string][] = [
    [{ get: { query: { q: text }, response } }, "/a", "GET /a, query.q: its schema, of tests, has no JSON Schema"],
    [{ get: { query: { q: dates }, response } }, "/a", "GET /a, query.q: its schema, of dates, cannot be expressed"],
    [{ get: { query: { q: listOf(text) }, response } }, "/a", "GET /a, query.q: its schema, of twister, has no"],
    [{ post: { body: { form: { when: dates } }, response } }, "/a", "POST /a, body.when: "],
    [{ post: { body: text, response } }, "/a", "POST /a, body: "],
    [{ get: { response: { 200: text } } }, "/a", "GET /a, response 200: "],
    [{ get: { response } }, "/a/(.*)", "/a/(.*)$: it is too complex, or get does not declare its groups"],
    [{ get: { response } }, "/a/(?P<id>.*)", "get does not declare the group id"],
    [{ get: { response } }, ".*", "Cannot describe .*$: it cannot make a path"],
    [{ get: { response } }, "/\\{a\\}", "its path has a brace, which templates have for names"],
    [{ get: { path: { id: described }, response } }, "/a", "it is too complex, or get does not declare its groups"],
    [
      { get: { path: { id: described, no: described }, response } },
      "/(?P<id>.*)",
      "get declares {no}, which is not one",
    ],
  ];
  for (const [declarations, pattern, message] of cases) {
    assertThrows(() => pathsOf(declarations, pattern), TypeError, message);
  }
});

test("openapi() describes an application that is the target of a rule, with the settings of that one", () => {
  const Added = Answering({ post: { response: { 204: null } } });
  const inner = new Application([["/inner", Added]], { xsrfCookies: true });
  const { paths } = openapi(new Application([["/inner", inner], ["/outer", Added]]), info);
  const no = { description: "No Content" };
  assertEquals(paths, {
    "/inner": {
      post: {
        responses: { 204: no, 400: answers[400], 403: problem("Forbidden") },
        security: [{ xsrfCookie: [], xsrfToken: [] }],
      },
    },
    "/outer": { post: { responses: { 204: no, 400: answers[400] } } },
  });
});

test("openapi() refuses a method that is declared, and that its class does not override", () => {
  const Silent = TypedHandler({ get: { response: { 204: null } } });
  const message = "Cannot describe GET /silent: its class does not override get()";
  assertThrows(() => openapi(new Application([["/silent", Silent]]), info), TypeError, message);
});

test("openapi() describes a login by OAuth 2.0", () => {
  class Private extends Answering({ post: { response: { 204: null } } }) {
    @authenticated
    override post(): void {}
  }
  const login = { type: "oauth2", flows: { password: { tokenUrl: "/token", scopes: {} } } } as const;
  const { components } = openapi(new Application([["/", Private]]), info, { login });
  assertEquals(components.securitySchemes, { login });
});

test("openapi() describes what authenticated methods and the XSRF protection need", () => {
  class Private extends Answering({
    get: { response: { 204: null } },
    head: { response: { 204: null } },
    post: { response: { 204: null } },
    put: { response: { 204: null } },
  }) {
    @authenticated
    override get(): void {}
    @authenticated
    override post(): void {}
  }
  const app = new Application([["/private", Private]], { xsrfCookies: true, xsrfCookieName: "token", loginUrl: "/" });
  const { paths, components } = openapi(app, info, { login: { type: "http", scheme: "basic" } });
  const always = { 204: answers[204], 400: answers[400] };
  const xsrf = { xsrfCookie: [], xsrfToken: [] };
  assertEquals(paths["/private"], {
    get: {
      responses: { ...always, 302: { description: "Found: the page for the login" } },
      security: [{ login: [] }],
    },
    head: { responses: always },
    post: { responses: { ...always, 403: problem("Forbidden") }, security: [{ login: [], ...xsrf }] },
    put: { responses: { ...always, 403: problem("Forbidden") }, security: [xsrf] },
  });
  assertEquals(components.securitySchemes, {
    login: { type: "http", scheme: "basic" },
    xsrfCookie: { type: "apiKey", in: "cookie", name: "token" },
    xsrfToken: { type: "apiKey", in: "header", name: "X-Xsrftoken" },
  });
  assertThrows(() => openapi(app, info), TypeError, "Cannot describe GET /private: it is authenticated");
});

test("openapi() describes the handshake of a WebSocket, and its messages in an extension", () => {
  const declaration = { path: { room: described }, receive: described, send: user };
  const plain = { "text/html": { schema: { type: "string" } } };
  const { paths } = openapi(new Application([["/chat/([^/]+)", TypedWebSocketHandler(declaration)]]), info);
  assertEquals(paths, {
    "/chat/{room}": {
      get: {
        parameters: [{ name: "room", in: "path", required: true, schema: { type: "string", minLength: 1 } }],
        responses: {
          101: { description: "Switching Protocols" },
          400: { description: "Bad Request", content: { ...answers[400].content, ...plain } },
          403: { description: "Forbidden", content: plain },
          422: answers[422],
          426: { description: "Upgrade Required", content: plain },
        },
        "x-websocket": {
          receive: { type: "string", minLength: 1 },
          send: { type: "object", properties: { id: { type: "integer" } } },
        },
      },
    },
  });
});

test("openapi() refuses a WebSocket with a message that cannot be expressed", () => {
  const app = new Application([["/chat", TypedWebSocketHandler({ receive: described, send: text })]]);
  assertThrows(() => openapi(app, info), TypeError, "Cannot describe WebSocket /chat, send: its schema, of tests");
});

test("openapi() keeps the schemas of places apart whose names have the same letters", () => {
  const tree = (title: string) => withJsonSchema(text, { title, properties: { child: { $ref: "#" } } });
  class Slash extends Answering({ post: { body: tree("slash"), response: { 204: null } } }) {}
  class Line extends Answering({ post: { body: tree("line"), response: { 204: null } } }) {}
  const { components } = openapi(new Application([["/a/b", Slash], ["/a_b", Line]]), info);
  assertEquals(Object.entries(components.schemas).slice(1), [
    ["POST_a_b_body", { title: "slash", properties: { child: { $ref: "#/components/schemas/POST_a_b_body" } } }],
    ["POST_a_b_body_2", { title: "line", properties: { child: { $ref: "#/components/schemas/POST_a_b_body_2" } } }],
  ]);
});

test("openapi() takes a field as required if its schema throws without a value", () => {
  const trimmed: StandardSchema<string> = {
    "~standard": {
      version: 1,
      vendor: "tests",
      validate: (value) => {
        if (typeof value !== "string") throw new TypeError("Cannot trim it");
        return { value: value.trim() };
      },
    },
  };
  const query = { q: withJsonSchema(trimmed, { type: "string" }) };
  const { "/": operations } = pathsOf({ get: { query, response: { 204: null } } });
  assertEquals(operations, {
    get: {
      parameters: [{ name: "q", in: "query", required: true, schema: { type: "string" } }],
      responses: answers,
    },
  });
});
