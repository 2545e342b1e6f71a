import { assertEquals } from "@std/assert";
import { interpolate } from "../../src/locale/mod.ts";
import { test } from "../support/test.ts";

test("interpolate() fills named placeholders", () => {
  assertEquals(
    interpolate("%(name)s has %(count)d of %(size).1f", { name: "Ada", count: 3, size: 2.34 }),
    "Ada has 3 of 2.3",
  );
  assertEquals(interpolate("100%% of %(what)s", { what: "%(name)s", name: "x" }), "100% of %(name)s");
  assertEquals(interpolate("no placeholder", { name: "x" }), "no placeholder");
});

test("interpolate() leaves names it has no value for, and reads own properties only", () => {
  assertEquals(interpolate("%(nmae)s", { name: "Ada" }), "%(nmae)s");
  assertEquals(interpolate("%(constructor)s %(__proto__)s", {}), "%(constructor)s %(__proto__)s");
});
