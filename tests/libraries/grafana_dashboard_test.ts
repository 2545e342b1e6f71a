// The dashboard of examples/observability, against the types that Grafana publishes of its dashboards.
import { assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { TempDir } from "../support/temp_dir.ts";

const SCHEMA = "npm:@grafana/schema@13.2.3";

/** Type-checks a program, and returns the errors. */
async function errorsOf(program: string): Promise<string> {
  using dir = new TempDir();
  const file = dir.write("dashboard.ts", program);
  const args = ["check", "--quiet", "--frozen", "--config", `${projectRoot}tests/libraries/deno.json`, file];
  const { stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
  return new TextDecoder().decode(stderr);
}

Deno.test("the dashboard of examples/observability is one of Grafana", async () => {
  const text = await Deno.readTextFile(`${projectRoot}examples/observability/dashboard.json`);
  const dashboard = JSON.parse(text);
  const declared = (value: object) => `const _: Dashboard = ${JSON.stringify(value)};`;
  // The types do refuse a field of a wrong type, and one that Grafana does not know.
  const faults = [{ ...dashboard, schemaVersion: "39" }, { ...dashboard, editible: true }];
  const lines = [
    `import type { Dashboard } from "${SCHEMA}";`,
    `{ ${declared(dashboard)} }`,
    ...faults.flatMap((fault) => ["// @ts-expect-error It is not one.", `{ ${declared(fault)} }`]),
  ];
  assertEquals(await errorsOf(lines.join("\n")), "");
});
