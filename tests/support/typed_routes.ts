/**
 * Programs of many routes for what the compiler needs: typed handlers, and plain ones with the same schemas.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";

/** The module that the programs take their schemas from. */
export const ZOD = "npm:zod@4.6.7";

const HEAD = `import { z } from "${ZOD}";
import { Application, RequestHandler } from "${projectRoot}src/web/mod.ts";
import { type Handling, listOf, numberFromText, TypedHandler } from "${projectRoot}src/api/mod.ts";
`;

/** Makes a program of `count` routes, each with two methods, of typed handlers or of plain ones. */
export function routesProgram(kind: "typed" | "plain", count: number): string {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const routes = numbers.map((i) => schemas(i) + (kind === "typed" ? typed(i) : plain(i)));
  const rules = numbers.map((i) => `  ["/items${i}/(?P<id>[0-9]+)", Items${i}],\n`);
  return `${HEAD}${routes.join("")}new Application([\n${rules.join("")}]).listen(0);\nvoid RequestHandler;\n`;
}

function schemas(i: number): string {
  return `
const item${i} = z.object({ id: z.int(), name: z.string(), tags: z.array(z.string()), n${i}: z.number() });
const new${i} = z.object({ name: z.string().min(1), n${i}: z.number() });
`;
}

function typed(i: number): string {
  return `class Items${i} extends TypedHandler({
  get: {
    path: { id: numberFromText(z.int()) },
    query: { tag: listOf(z.string()), page: numberFromText(z.int().default(1)) },
    response: { 200: item${i}, 404: null },
  },
  put: { path: { id: numberFromText(z.int()) }, body: new${i}, response: { 200: item${i}, 404: null } },
}) {
  override get(this: Handling<Items${i}, "get">): void {
    const { path, query } = this.args;
    if (query.page > 1) return void this.reply(404);
    this.reply(200, { id: path.id, name: "a", tags: query.tag, n${i}: 1 });
  }
  override put(this: Handling<Items${i}, "put">): void {
    const { path, body } = this.args;
    this.reply(200, { id: path.id, name: body.name, tags: [], n${i}: body.n${i} });
  }
}
`;
}

function plain(i: number): string {
  return `class Items${i} extends RequestHandler {
  static readonly id = z.int();
  static readonly tags = z.array(z.string());
  static readonly page = z.int().default(1);
  override get(id: string): void {
    const path = { id: Items${i}.id.parse(Number(id)) };
    const tag = Items${i}.tags.parse(this.getQueryArguments("tag"));
    const page = Items${i}.page.parse(Number(this.getQueryArgument("page")));
    if (page > 1) return this.setStatus(404);
    const found: z.input<typeof item${i}> = { id: path.id, name: "a", tags: tag, n${i}: 1 };
    this.write(item${i}.parse(found));
  }
  override put(id: string): void {
    const path = { id: Items${i}.id.parse(Number(id)) };
    const body = new${i}.parse(JSON.parse(this.getBodyText()));
    const changed: z.input<typeof item${i}> = { id: path.id, name: body.name, tags: [], n${i}: body.n${i} };
    this.write(item${i}.parse(changed));
  }
}
`;
}
