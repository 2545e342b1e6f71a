import { responses } from "../http/httputil.ts";
import { Application, RequestHandler, type Settings } from "../web/mod.ts";
import { type Matcher, PathMatches, type Rule, RuleRouter, URLPatternMatches } from "../web/routing.ts";
import { bodiesOf, MEDIA_TYPES } from "./_bodies.ts";
import { Components, type Direction } from "./_components.ts";
import { type Needs, Security } from "./_security.ts";
import { isRequired, jsonSchemaOf } from "./_json_schema.ts";
import type {
  Declaration,
  Declarations,
  DeclaredSchema,
  Fields,
  MethodDescription,
  SocketDeclaration,
} from "./declarations.ts";

/** The title of an API; see the Info Object of OpenAPI. */
export interface OpenAPIInfo {
  /** Title of the API. */
  readonly title: string;
  /** Version of the API, not of OpenAPI. */
  readonly version: string;
  /** Text about the API, in CommonMark. */
  readonly description?: string;
}

/** A place where the API is served; see the Server Object of OpenAPI. */
export interface OpenAPIServer {
  /** The URL that paths are relative to; it may itself be relative to the document. */
  readonly url: string;
  /** Text about the server, in CommonMark. */
  readonly description?: string;
}

/** A way to get a token of OAuth 2.0; see the OAuth Flow Object of OpenAPI. */
export interface OAuthFlow {
  /** The URL that users are sent to, of the flows `implicit` and `authorizationCode`. */
  readonly authorizationUrl?: string;
  /** The URL that tokens come from, of all flows but `implicit`. */
  readonly tokenUrl?: string;
  /** The URL that tokens are renewed at. */
  readonly refreshUrl?: string;
  /** Texts about the scopes by their names. */
  readonly scopes: { readonly [name: string]: string };
}

/** The ways to get a token of OAuth 2.0. */
export type OAuthFlows = {
  readonly [flow in "implicit" | "password" | "clientCredentials" | "authorizationCode"]?: OAuthFlow;
};

/** The way in which a user proves who they are; see the Security Scheme Object of OpenAPI. */
export type SecurityScheme =
  | { readonly type: "apiKey"; readonly in: "cookie" | "header" | "query"; readonly name: string }
  | { readonly type: "http"; readonly scheme: string; readonly bearerFormat?: string }
  | { readonly type: "oauth2"; readonly flows: OAuthFlows }
  | { readonly type: "openIdConnect"; readonly openIdConnectUrl: string };

/** Options of {@linkcode openapi}. */
export interface OpenAPIOptions {
  /**
   * The way in which users log in, for methods with the decorator `authenticated`: what their `getCurrentUser` looks
   * at, such as `{ type: "apiKey", in: "cookie", name: "user" }`.
   *
   * @default {none, so that such a method is an error}
   */
  login?: SecurityScheme;
  /** The places where the API is served. @default {the host of the document} */
  servers?: readonly OpenAPIServer[];
}

/** A document that describes an API. */
export interface OpenAPIDocument {
  /** Version of OpenAPI. */
  readonly openapi: "3.1.1" | "3.2.0";
  /** The title of the API. */
  readonly info: OpenAPIInfo;
  /** The places where the API is served. */
  readonly servers?: readonly OpenAPIServer[];
  /** The operations by path and method. */
  readonly paths: { readonly [path: string]: { readonly [method: string]: unknown } };
  /** The schemas that operations refer to. */
  readonly components: {
    readonly schemas: { readonly [name: string]: unknown };
    readonly securitySchemes?: { readonly [name: string]: SecurityScheme };
  };
}

/**
 * Describes the typed handlers of an application in OpenAPI 3.1, or 3.2 if one of them streams events. Call it when the
 * program starts, so that a schema that cannot be expressed is found then.
 *
 * A WebSocket is a GET that is answered with 101; its extension `x-websocket` has the schemas of the messages.
 *
 * A method with the decorator `authenticated` needs the scheme `login`. With the setting `xsrfCookies`, methods other
 * than GET, HEAD and OPTIONS need the schemes `xsrfCookie` and `xsrfToken`.
 *
 * @throws {TypeError} If a schema has no JSON Schema, a path cannot be written as a template, a declared method is not
 * overridden, or a login is not described; the message names the route and the field.
 *
 * @example
 * ```ts
 * import { numberFromText, openapi, TypedHandler } from "@twister/twister/api";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const number = numberFromText();
 *
 * class Double extends TypedHandler({ get: { path: { n: number }, response: { 200: number } } }) {
 *   override get(): void {
 *     this.reply(200, 2 * this.args.path.n);
 *   }
 * }
 *
 * const app = new Application([["/double/([0-9]+)", Double]]);
 * const { paths } = openapi(app, { title: "Numbers", version: "1.0.0" });
 * assertEquals(Object.keys(paths), ["/double/{n}"]);
 * ```
 */
export function openapi(
  app: Application<readonly unknown[]>,
  info: OpenAPIInfo,
  options: OpenAPIOptions = {},
): OpenAPIDocument {
  const description = new Description(new Security(options.login));
  description.addRules(app.defaultRouter.rules, app.settings);
  const { security } = description;
  checkOperationIds(description.paths);
  const { paths, schemas } = description.components.share(Object.fromEntries(description.paths));
  return {
    openapi: description.hasStreams ? "3.2.0" : "3.1.1",
    info,
    ...options.servers === undefined ? {} : { servers: options.servers },
    paths,
    components: {
      schemas,
      ...security.schemes.size > 0 ? { securitySchemes: Object.fromEntries(security.schemes) } : {},
    },
  };
}

const PROBLEM = {
  type: "object",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    errors: {
      type: "array",
      items: {
        type: "object",
        properties: {
          in: { enum: ["path", "query", "headers", "cookies", "body"] },
          pointer: { type: "string" },
          detail: { type: "string" },
        },
        required: ["in", "pointer", "detail"],
      },
    },
  },
  required: ["type", "title", "status"],
};

/** What requests that cannot become a WebSocket are answered with, in text. */
const HANDSHAKE_REFUSALS: readonly number[] = [400, 403, 426];

const PARAMETERS = [["path", "path"], ["query", "query"], ["headers", "header"], ["cookies", "cookie"]] as const;

/** A response of a method, as the document has it. */
interface Response {
  readonly description: string;
  readonly content?: Readonly<Record<string, unknown>> | null;
}

/** A method of a path, as the document has it. */
interface Operation extends MethodDescription {
  readonly [member: string]: unknown;
}

class Description {
  readonly paths: Map<string, Record<string, Operation>> = new Map();
  readonly components: Components = new Components({ Problem: PROBLEM });
  readonly security: Security;
  readonly #shapes = new Set<string>();
  /** Whether an operation streams, which OpenAPI cannot say before version 3.2. */
  hasStreams = false;

  constructor(security: Security) {
    this.security = security;
  }

  addRules(rules: readonly Rule[], settings: Settings): void {
    for (const { matcher, target } of rules) {
      if (target instanceof RuleRouter) this.addRules(target.rules, settings);
      else if (target instanceof Application) this.addRules(target.defaultRouter.rules, target.settings);
      else if (isTyped(target)) this.#addHandler(matcher, target, settings);
      else if (isTypedSocket(target)) this.#addSocket(matcher, target, settings);
    }
  }

  /** OpenAPI knows nothing of WebSockets: the handshake is a GET, whose extension has the messages. */
  #addSocket(matcher: Matcher, { socketDeclaration, prototype }: TypedSocketTarget, settings: Settings): void {
    const { receive, send, ...parts } = socketDeclaration;
    const path = pathTemplate(matcher, "get", Object.keys(parts.path ?? {}));
    const route = `WebSocket ${path}`;
    const needs = this.security.needsOf("get", Reflect.get(prototype, "get"), route, settings);
    const operation = this.#operation(route, { ...parts, response: { 101: null } }, needs, HANDSHAKE_REFUSALS);
    const messages = {
      receive: this.#schema(receive, "input", `${route}, receive`),
      send: this.#schema(send, "output", `${route}, send`),
    };
    this.#addPath(path, { get: { ...operation, "x-websocket": messages } });
  }

  #addHandler(matcher: Matcher, { declarations, prototype }: TypedTarget, settings: Settings): void {
    const described = new Map<string, Record<string, Operation>>();
    for (const [method, declaration] of Object.entries(declarations)) {
      const path = pathTemplate(matcher, method, Object.keys(declaration.path ?? {}));
      const operations = described.get(path) ?? {};
      const route = `${method.toUpperCase()} ${path}`;
      const implementation: unknown = Reflect.get(prototype, method);
      if (implementation === Reflect.get(RequestHandler.prototype, method)) {
        throw new TypeError(`Cannot describe ${route}: its class does not override ${method}()`);
      }
      const needs = this.security.needsOf(method, implementation, route, settings);
      described.set(path, { ...operations, [method]: this.#operation(route, declaration, needs) });
    }
    const [first, other] = described.keys();
    if (other !== undefined) {
      throw new TypeError(`Cannot describe ${other}: another method of its handler calls its groups as in ${first}`);
    }
    for (const [path, operations] of described) this.#addPath(path, operations);
  }

  /** The first rule that matches a path answers it, so that a later one is hardly asked. */
  #addPath(path: string, operations: Record<string, Operation>): void {
    // To OpenAPI, templates that differ in names only are the same.
    const shape = path.replace(/\{[^}]*\}/g, "{}");
    if (this.#shapes.has(shape)) return;
    this.#shapes.add(shape);
    this.paths.set(path, operations);
  }

  #operation(
    route: string,
    declaration: Declaration,
    needs: Needs,
    refusals: readonly number[] = [],
  ): Operation {
    const parameters = PARAMETERS.flatMap(([group, place]) =>
      Object.entries<DeclaredSchema>(declaration[group] ?? {}).map(([name, field]) => {
        const schema = this.#schema(field, "input", `${route}, ${group}.${name}`);
        const required = place === "path" || isRequired(field);
        return { name, in: place, required, ...aboutParameter(schema), schema };
      })
    );
    // A malformed form is refused also where no body is declared.
    const problems = declaration.body !== undefined ? [400, 415, 422] : parameters.length > 0 ? [400, 422] : [400];
    const described: Record<string, Response> = {};
    for (const status of [...problems, ...needs.problems]) described[status] = problem(status);
    for (const status of refusals) {
      const content = { ...described[status]?.content, "text/html": { schema: { type: "string" } } };
      described[status] = { description: responses.get(status) ?? "", content };
    }
    if (needs.redirects) described[302] = { description: "Found: the page for the login" };
    for (const [status, schema] of Object.entries(declaration.response)) {
      const body = schema && this.#schema(schema, "output", `${route}, response ${status}`);
      // A request that does not fit is answered with a problem also where the method has the same status for JSON.
      const content = { ...described[status]?.content, ...body && { [MEDIA_TYPES.json]: { schema: body } } };
      const description = responses.get(Number(status)) ?? "";
      described[status] = { description, ...Object.keys(content).length > 0 ? { content } : {} };
    }
    if (declaration.events !== undefined) {
      const content = { ...described[200]?.content, ...this.#stream(route, declaration.events) };
      described[200] = { description: responses.get(200) ?? "", content };
    }
    return {
      ...texts(declaration),
      ...parameters.length > 0 ? { parameters } : {},
      ...declaration.body === undefined ? {} : { requestBody: this.#requestBody(route, declaration.body) },
      responses: described,
      ...needs.schemes.length > 0
        ? { security: [Object.fromEntries(needs.schemes.map((name): [string, []] => [name, []]))] }
        : {},
    };
  }

  #requestBody(route: string, body: NonNullable<Declaration["body"]>): Record<string, unknown> {
    const { json, form, multipart } = bodiesOf(body);
    const content: Record<string, unknown> = {};
    if (json !== undefined) content[MEDIA_TYPES.json] = { schema: this.#schema(json, "input", `${route}, body`) };
    if (form !== undefined) content[MEDIA_TYPES.form] = { schema: this.#form(route, form) };
    if (multipart !== undefined) content[MEDIA_TYPES.multipart] = { schema: this.#form(route, multipart) };
    const required = json === undefined || isRequired(json);
    return { required, content };
  }

  #stream(route: string, events: Fields): Record<string, unknown> {
    this.hasStreams = true;
    const items = Object.entries(events).map(([name, schema]) => {
      const contentSchema = this.#schema(schema, "output", `${route}, events.${name}`);
      const data = { type: "string", contentMediaType: MEDIA_TYPES.json, contentSchema };
      return { type: "object", properties: { event: { const: name }, data }, required: ["event", "data"] };
    });
    return { "text/event-stream": { itemSchema: { oneOf: items } } };
  }

  #form(route: string, fields: Fields): Record<string, unknown> {
    const entries = Object.entries(fields);
    const described = entries.map(([name, schema]) => [name, this.#schema(schema, "input", `${route}, body.${name}`)]);
    const required = entries.filter(([_, schema]) => isRequired(schema)).map(([name]) => name);
    return {
      type: "object",
      properties: Object.fromEntries(described),
      ...required.length > 0 ? { required } : {},
    };
  }

  #schema(schema: DeclaredSchema, direction: Direction, place: string): Record<string, unknown> {
    return this.components.add(jsonSchemaOf(schema, direction, place), direction, place);
  }
}

/** What a declaration says of its method besides requests and responses. */
function texts(declaration: MethodDescription): MethodDescription {
  const { summary, description, tags, operationId, deprecated } = declaration;
  return {
    ...summary === undefined ? {} : { summary },
    ...description === undefined ? {} : { description },
    ...tags === undefined ? {} : { tags },
    ...operationId === undefined ? {} : { operationId },
    ...deprecated === undefined ? {} : { deprecated },
  };
}

/** @throws {TypeError} If two operations have the same name, which generated programs would have for both. */
function checkOperationIds(paths: ReadonlyMap<string, Readonly<Record<string, Operation>>>): void {
  const routes = new Map<string, string>();
  for (const [path, operations] of paths) {
    for (const [method, { operationId }] of Object.entries(operations)) {
      const route = `${method.toUpperCase()} ${path}`;
      const other = operationId === undefined ? undefined : routes.get(operationId);
      if (other !== undefined) throw new TypeError(`Cannot describe ${route}: ${other} has its operationId`);
      if (operationId !== undefined) routes.set(operationId, route);
    }
  }
}

interface TypedTarget {
  readonly declarations: Declarations;
  readonly prototype: object;
}

interface TypedSocketTarget {
  readonly socketDeclaration: SocketDeclaration;
  readonly prototype: object;
}

function isTypedSocket(target: object): target is TypedSocketTarget {
  return typeof target === "function" && "socketDeclaration" in target;
}

function isTyped(target: object): target is TypedTarget {
  return typeof target === "function" && "declarations" in target;
}

/** Pages show the texts of a parameter, and not those of its schema. */
function aboutParameter({ description, deprecated }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...typeof description === "string" ? { description } : {},
    ...deprecated === true ? { deprecated } : {},
  };
}

function problem(status: number): Response {
  const schema = { $ref: "#/components/schemas/Problem" };
  return { description: responses.get(status) ?? "", content: { "application/problem+json": { schema } } };
}

/** @throws {TypeError} If the path cannot be written as a template of the declared names. */
function pathTemplate(matcher: Matcher, method: string, names: readonly string[]): string {
  const groups = groupNames(matcher);
  const places = names.map((name) => `{${name}}`);
  const args = groups.length > 0 ? [Object.fromEntries(names.map((name) => [name, `{${name}}`]))] : places;
  let path: string | null;
  try {
    path = matcher.reverse(...args);
  } catch (cause) {
    throw undescribed(matcher, `it is too complex, or ${method} does not declare its groups`, { cause });
  }
  if (path === null || !path.startsWith("/")) throw undescribed(matcher, "it cannot make a path");
  if (/[{}]/.test(path)) throw undescribed(matcher, "its path has a brace, which templates have for names");
  const undeclared = groups.find((group) => !names.includes(group));
  if (undeclared !== undefined) throw undescribed(matcher, `${method} does not declare the group ${undeclared}`);
  const template = places.reduce((whole, place) => whole.replaceAll(encodeURIComponent(place), place), path);
  const missing = places.find((place) => !template.includes(place));
  if (missing !== undefined) {
    throw undescribed(matcher, `${method} declares ${missing}, which is not one of its groups`);
  }
  return template;
}

function undescribed(matcher: Matcher, reason: string, options?: ErrorOptions): TypeError {
  const route = matcher instanceof PathMatches || matcher instanceof URLPatternMatches
    ? patternText(matcher)
    : matcher.constructor.name;
  return new TypeError(`Cannot describe ${route}: ${reason}`, options);
}

function patternText(matcher: PathMatches | URLPatternMatches): string {
  return matcher instanceof PathMatches ? matcher.regex.source.replaceAll("\\/", "/") : matcher.pattern.pathname;
}

/** Returns the names of the groups, none if they have no names. */
function groupNames(matcher: Matcher): string[] {
  if (matcher instanceof PathMatches) {
    return Array.from(patternText(matcher).matchAll(/\(\?<([A-Za-z_]\w*)>/g), ([, name = ""]) => name);
  }
  if (!(matcher instanceof URLPatternMatches)) return [];
  return Array.from(patternText(matcher).matchAll(/:([A-Za-z_]\w*)/g), ([, name = ""]) => name);
}
