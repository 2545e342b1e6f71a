import { isSchema } from "./_validation.ts";
import type { Bodies, Declaration, Declarations, DeclaredSchema, Fields, SocketDeclaration } from "./declarations.ts";
import { FileSchema, ListSchema } from "./from_text.ts";

const METHODS: readonly string[] = ["get", "head", "post", "put", "patch", "delete", "options"];
const DESCRIPTION: readonly string[] = ["summary", "description", "tags", "operationId", "deprecated"];
const HANDSHAKE: readonly string[] = ["path", "query", "headers", "cookies", ...DESCRIPTION];
const METHOD_MEMBERS: readonly string[] = [...HANDSHAKE, "body", "response", "events"];
const SOCKET_MEMBERS: readonly string[] = [...HANDSHAKE, "receive", "send"];
const KINDS: readonly string[] = ["json", "form", "multipart"];
/** The members that have one schema for each name. */
const GROUPS = ["path", "query", "headers", "cookies", "events"] as const;
/** The groups whose fields have one value each. */
const SINGLE: readonly string[] = ["path", "cookies"];
/** RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5. */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * Refuses declarations that could not be carried out. The compiler has refused most of them, but not in a program
 * without types, and it looks at a part of each schema only.
 *
 * @throws {TypeError} If there is a mistake; the message names its place and the value.
 */
export function checkDeclarations(declarations: Declarations): void {
  for (const [method, declaration] of Object.entries<Declaration>(declarations)) {
    checkName("", method, METHODS);
    checkMembers(method, declaration, METHOD_MEMBERS);
    const { body, response } = declaration;
    checkGroups(method, declaration);
    if (body !== undefined) checkBody(`${method} body`, body);
    for (const [status, schema] of Object.entries(membersOf(`${method} response`, response))) {
      checkResponse(`${method} response ${status}`, Number(status), schema);
    }
  }
}

/**
 * Refuses the declaration of a WebSocket that could not be carried out.
 *
 * @throws {TypeError} If there is a mistake; the message names its place and the value.
 */
export function checkSocketDeclaration(declaration: SocketDeclaration): void {
  checkMembers("WebSocket", declaration, SOCKET_MEMBERS);
  checkGroups("WebSocket", declaration);
  checkSchema("WebSocket receive", declaration.receive);
  checkSchema("WebSocket send", declaration.send);
}

function checkGroups(method: string, declaration: Partial<Declaration>): void {
  for (const group of GROUPS) {
    const fields = declaration[group];
    if (fields !== undefined) checkFields(`${method} ${group}`, fields, { isSingle: SINGLE.includes(group) });
  }
  // Clients take an event without a name for one that is named `message`.
  const odd = Object.keys(declaration.events ?? {}).find((name) => name === "" || /[\r\n\0]/.test(name));
  if (odd === undefined) return;
  throw new TypeError(
    `Cannot declare ${method} events[${JSON.stringify(odd)}]: the name of an event is one line of text`,
  );
}

function checkFields(place: string, fields: Fields, { isSingle = false, hasFiles = false } = {}): void {
  for (const [name, schema] of Object.entries(membersOf(place, fields))) {
    // An object of values by name has this one for its prototype.
    if (name === "__proto__") throw new TypeError(`Cannot declare ${place}.__proto__: no field can have this name`);
    checkSchema(`${place}.${name}`, schema);
    if (isSingle && schema instanceof ListSchema) {
      throw new TypeError(`Cannot declare ${place}.${name}: it has one value, and listOf() takes several`);
    }
    if (!hasFiles && schema instanceof FileSchema) {
      throw new TypeError(`Cannot declare ${place}.${name}: only a multipart form has files`);
    }
  }
}

function checkBody(place: string, body: DeclaredSchema | Bodies): void {
  if (isSchema(body)) return;
  checkMembers(place, body, KINDS);
  for (const [kind, schemas] of Object.entries(body)) {
    if (kind === "json") checkSchema(`${place}.json`, schemas);
    else if (schemas !== undefined) checkFields(`${place}.${kind}`, schemas, { hasFiles: kind === "multipart" });
  }
}

function checkResponse(place: string, status: number, schema: unknown): void {
  if (!(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new TypeError(`Cannot declare ${place}: a status is a number from 200 to 599`);
  }
  if (schema === null) return;
  checkSchema(place, schema);
  if (WITHOUT_BODY.includes(status)) throw new TypeError(`Cannot declare ${place}: it has no body, so write null`);
}

function checkSchema(place: string, schema: unknown): void {
  if (isSchema(schema)) return;
  throw new TypeError(`Cannot declare ${place}: ${Deno.inspect(schema)} is not a schema (Standard Schema)`);
}

/** A schema has no members that could be declared. */
function membersOf(place: string, value: object): object {
  if (typeof value === "object" && value !== null && !isSchema(value)) return value;
  throw new TypeError(`Cannot declare ${place}: ${Deno.inspect(value)} is not an object of schemas`);
}

function checkMembers(place: string, members: object, known: readonly string[]): void {
  for (const name of Object.keys(membersOf(place, members))) checkName(` in ${place}`, name, known);
}

function checkName(place: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new TypeError(`Cannot declare "${name}"${place}: expected one of ${known.join(", ")}`);
}
