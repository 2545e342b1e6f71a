// The tables of docs/templates_python.md name all that a template of Python finds, and nothing else.
import { assertEquals } from "@std/assert";
import { pythonRuntime } from "../../src/template/python.ts";
import { BYTES_METHODS } from "../../src/template/_python/bytes_methods.ts";
import { CLASS_METHODS } from "../../src/template/_python/class_methods.ts";
import { FLOAT_METHODS, INT_METHODS, RANGE_METHODS, SLICE_METHODS } from "../../src/template/_python/scalar_methods.ts";
import { DICT_METHODS } from "../../src/template/_python/dict_methods.ts";
import { LIST_METHODS, TUPLE_METHODS } from "../../src/template/_python/list_methods.ts";
import { FROZENSET_METHODS, SET_METHODS } from "../../src/template/_python/set_methods.ts";
import { STRING_METHODS } from "../../src/template/_python/string_methods.ts";
import { TEMPLATE_NAMES } from "../../src/template/_runtime/template_names.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

/** The names in code marks in the second column of a row of the page. */
async function rows(): Promise<Map<string, string[]>> {
  const page = await Deno.readTextFile(`${projectRoot}docs/templates_python.md`);
  const section = page.slice(page.indexOf("## Built-in names"));
  return new Map(
    Array.from(section.matchAll(/^\| (\S[^|]*?) +\| (.*?) +\|$/gm), ([, name = "", names = ""]) => [
      name,
      Array.from(names.matchAll(/`(\w+)`/g), ([, word = ""]) => word).sort(),
    ]),
  );
}

const names = (object: object): string[] => Object.keys(object).sort();

/** The methods of a type, those of the class itself among them. */
const withClass = (type: string, methods: object): string[] =>
  [...new Set([...names(methods), ...names(CLASS_METHODS[type] ?? {})])].sort();

test("docs/templates_python.md names every built-in function, exception, module and method", async () => {
  const table = await rows();
  const isException = (name: string) => /^[A-Z]/.test(name);
  const builtins = names(pythonRuntime.globals);
  const modules = pythonRuntime.modules ?? {};
  const own = Object.keys(TEMPLATE_NAMES).filter((name) => !/[A-Z]/.test(name));
  const expected: Record<string, string[]> = {
    "functions": builtins.filter((name) => !isException(name) && name !== "datetime" && !own.includes(name)),
    "exceptions": builtins.filter(isException),
    "of Tornado": [...own, "datetime"].sort(),
    ...Object.fromEntries(
      Object.entries(modules).map(([name, module]) => [`module \`${name}\``, names(Object(module))]),
    ),
    "`str`": withClass("str", STRING_METHODS),
    "`bytes`": withClass("bytes", BYTES_METHODS),
    "`list`": names(LIST_METHODS),
    "`tuple`": names(TUPLE_METHODS),
    "`dict`": withClass("dict", DICT_METHODS),
    "`set`": names(SET_METHODS),
    "`frozenset`": names(FROZENSET_METHODS),
    "`int`": withClass("int", INT_METHODS),
    "`float`": withClass("float", FLOAT_METHODS),
    "`range`": names(RANGE_METHODS),
    "`slice`": names(SLICE_METHODS),
  };
  for (const [row, words] of Object.entries(expected)) assertEquals(table.get(row), words, row);
});
