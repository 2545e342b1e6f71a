import { assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";
import { FAULTS, placeOf, sourceTexts } from "./faults.ts";

test("mutation: each of 30 faults has its place in the code, and its tests exist", () => {
  const sources = sourceTexts();
  for (const fault of FAULTS) {
    placeOf(fault, sources);
    for (const path of fault.tests) Deno.statSync(`${projectRoot}/${path}`);
  }
  assertEquals(new Set(FAULTS.map(({ name }) => name)).size, 30);
});
