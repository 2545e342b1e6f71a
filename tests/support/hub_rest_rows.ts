/**
 * Requests to the REST interface of a proxy for JupyterHub, in their order, and what configurable-http-proxy answers.
 *
 * @module
 */

/** One request and its answer. */
export interface RestRow {
  readonly method: string;
  /** What follows `/api/routes`, or a whole path that begins with `!`. */
  readonly path: string;
  /** The body, as JSON unless it is a text. */
  readonly body?: unknown;
  /** The field Authorization, if it is not the one with the token; "" for none. */
  readonly authorization?: string;
  readonly status: number;
  /** The routes that the answer has, with their data but for the time; or the data of one route. */
  readonly answer?: unknown;
}

/** The token of the interface. */
export const TOKEN = "token-of-the-rows";

/** A target that nothing is asked for. */
const A = "http://127.0.0.1:9001";
const B = "http://127.0.0.1:9002";

function get(path: string, answer: unknown): RestRow {
  return { method: "GET", path, status: 200, answer };
}

function missing(method: string, path: string): RestRow {
  return { method, path, status: 404 };
}

function add(path: string, body: unknown): RestRow {
  return { method: "POST", path, body, status: 201 };
}

function refused(path: string, body: unknown): RestRow {
  return { method: "POST", path, body, status: 400 };
}

function remove(path: string): RestRow {
  return { method: "DELETE", path, status: 204 };
}

function forbidden(method: string, authorization: string): RestRow {
  return { method, path: "/user/ada", body: { target: A }, authorization, status: 403 };
}

/** All rows. */
export const REST_ROWS: readonly RestRow[] = [
  get("", {}),
  get("/", {}),
  missing("GET", "/user/ada"),
  missing("DELETE", "/user/ada"),

  add("/user/ada", { target: A, user: "ada" }),
  get("/user/ada", { target: A, user: "ada" }),
  get("/user/ada/", { target: A, user: "ada" }),
  missing("GET", "/user"),
  missing("GET", "/user/ada/x"),
  missing("GET", "/User/ada"),
  get("", { "/user/ada": { target: A, user: "ada" } }),
  add("/user/ada", { target: B }),
  get("/user/ada", { target: B }),
  add("/user/ada/", { target: A, more: { deep: [1, null, "x"], yes: true } }),
  get("", { "/user/ada": { target: A, more: { deep: [1, null, "x"], yes: true } } }),
  remove("/user/ada"),
  missing("GET", "/user/ada"),
  missing("DELETE", "/user/ada"),
  get("", {}),

  add("", { target: A }),
  get("", { "/": { target: A } }),
  add("/", { target: B }),
  get("", { "/": { target: B } }),

  add("/user/a%40b", { target: A }),
  get("/user/a@b", { target: A }),
  get("/user/a%40b", { target: A }),
  get("/user/%61%40b", { target: A }),
  remove("/user/a@b"),
  add("/user/a%20b/c%2Bd", { target: A }),
  get("", { "/": { target: B }, "/user/a b/c+d": { target: A } }),
  remove("/user/a%20b/c+d"),
  add("/user/%C3%A4", { target: A }),
  get("/user/%c3%a4", { target: A }),
  get("", { "/": { target: B }, "/user/ä": { target: A } }),
  remove("/user/%C3%A4"),
  add("/a/b/c", { target: A }),
  add("/a", { target: B }),
  get("/a/b/c", { target: A }),
  missing("GET", "/a/b"),
  remove("/a"),
  get("/a/b/c", { target: A }),
  remove("/a/b/c"),
  missing("GET", "/a/b/c"),

  refused("/x", "{"),
  refused("/x", ""),
  refused("/x", "nonsense"),
  refused("/x", {}),
  refused("/x", []),
  refused("/x", { target: 1 }),
  refused("/x", { target: null }),
  refused("/x", { Target: A }),
  refused("/x", "null"),
  refused("/x", "5"),
  refused("/x", '"text"'),
  missing("GET", "/x"),

  get("?inactive_since=1990-01-01T00:00:00Z", {}),
  get("?inactiveSince=1990-01-01T00:00:00Z", {}),
  get("?inactive_since=2990-01-01T00:00:00.000Z", { "/": { target: B } }),
  get("?inactiveSince=2990-01-01T00:00:00.000Z", { "/": { target: B } }),
  get("?inactive_since=2990-01-01", { "/": { target: B } }),
  get("?inactive_since=", { "/": { target: B } }),
  get("?other=1", { "/": { target: B } }),
  { method: "GET", path: "?inactive_since=endoftheuniverse", status: 400 },
  { method: "GET", path: "?inactiveSince=1990-13-45", status: 400 },

  forbidden("GET", ""),
  forbidden("POST", ""),
  forbidden("DELETE", ""),
  forbidden("GET", "token wrong"),
  forbidden("POST", "token wrong"),
  forbidden("GET", `token ${TOKEN}x`),
  forbidden("GET", `token ${TOKEN.slice(1)}`),
  forbidden("GET", "token "),
  forbidden("GET", `bearer ${TOKEN}`),
  forbidden("GET", `token${TOKEN}`),
  forbidden("GET", `TOKEN ${TOKEN}`),
  { method: "GET", path: "/", authorization: `token   ${TOKEN}`, status: 200, answer: { "/": { target: B } } },

  { method: "PUT", path: "/user/ada", body: { target: A }, status: 405 },
  { method: "PATCH", path: "/user/ada", body: { target: A }, status: 405 },
  { method: "PUT", path: "", body: { target: A }, status: 405 },
  missing("GET", "!/"),
  missing("GET", "!/api"),
  missing("GET", "!/api/route"),
  missing("GET", "!/api/routesx"),
  missing("GET", "!/other/api/routes"),
  get("", { "/": { target: B } }),
  remove("/"),
  get("", {}),
];
