// What the compiler does for typed routes, in numbers that are the same on every machine. `deno task bench:types`
// measures the time.
import { assert, assertEquals } from "@std/assert";
import ts from "npm:typescript@6.0.3";
import { routesProgram, ZOD } from "../support/typed_routes.ts";
import { TempDir } from "../support/temp_dir.ts";

const ROUTES = 5;

/**
 * The instantiations of types that a typed route may take beyond a plain one that uses the same schemas. A declaration
 * whose schemas are compared twice takes more.
 */
const MOST_FOR_A_ROUTE = 420;

async function output(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
  return new TextDecoder().decode(stdout);
}

/** The types of zod, in the cache of npm. */
async function zodTypes(): Promise<string> {
  const { npmCache }: { npmCache: string } = JSON.parse(await output("info", "--json"));
  for (const { name } of Deno.readDirSync(npmCache)) {
    const file = `${npmCache}/${name}/zod/${ZOD.split("@")[1]}/index.d.cts`;
    if (ts.sys.fileExists(file)) return file;
  }
  throw new Error(`zod is not in ${npmCache}`);
}

function instantiations(file: string, library: string, zod: string): number {
  const program = ts.createProgram([library, file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts"],
    types: [],
    paths: { [ZOD]: [zod] },
  });
  const complaints = program.getSemanticDiagnostics(program.getSourceFile(file));
  assertEquals(complaints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")), []);
  return program.getInstantiationCount();
}

Deno.test("a typed route costs the compiler a bounded number of types", async () => {
  using dir = new TempDir();
  const library = `${dir.path}/lib.deno.d.ts`;
  await Deno.writeTextFile(library, await output("types"));
  const zod = await zodTypes();
  const counts = new Map<string, number>();
  for (const kind of ["plain", "typed"] as const) {
    for (const count of [ROUTES, 2 * ROUTES]) {
      const file = `${dir.path}/${kind}${count}.ts`;
      await Deno.writeTextFile(file, routesProgram(kind, count));
      counts.set(`${kind} ${count}`, instantiations(file, library, zod));
    }
  }
  const each = (kind: string) =>
    ((counts.get(`${kind} ${2 * ROUTES}`) ?? NaN) - (counts.get(`${kind} ${ROUTES}`) ?? NaN)) / ROUTES;
  const more = each("typed") - each("plain");
  console.info(`a typed route takes ${each("typed")} instantiations, a plain one ${each("plain")}`);
  assert(more < MOST_FOR_A_ROUTE, `${more} instantiations for each route`);
});
