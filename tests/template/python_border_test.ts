// What crosses the border between templates of Python and the application: the application gets plain JavaScript.
import { assertEquals } from "@std/assert";
import { python } from "../../src/template/python.ts";
import { test } from "../support/test.ts";
import { errorOf, render } from "./render.ts";

const show = (source: string, namespace: Record<string, unknown> = {}) =>
  render(source, namespace, { language: python, autoescape: null });

/** The values that a function of the application gets for an expression. */
function given(expression: string, namespace: Record<string, unknown> = {}): unknown[] {
  const calls: unknown[] = [];
  show(`{{ take(${expression}) }}`, { ...namespace, take: (...values: unknown[]) => void calls.push(...values) });
  return calls;
}

test("python: arguments of functions of the application are plain values", () => {
  const cases: readonly (readonly [expression: string, values: unknown[]])[] = [
    ["2.0, 1.5, 3, True, None, 'x'", [2, 1.5, 3, true, null, "x"]],
    ["(1, (2.0,))", [[1, [2]]]],
    ["[1.0, [2.0, (3.0,)]]", [[1, [2, [3]]]]],
    ["{'a': 1.0, 'b': [(1,)]}", [{ a: 1, b: [[1]] }]],
    ["{1: 2.0}", [new Map([[1, 2]])]],
    ["{1.0, 'a'}, frozenset([2.0])", [new Set<unknown>([1, "a"]), new Set([2])]],
    ["range(3)", [[0, 1, 2]]],
    ["[range(2)]", [[[0, 1]]]],
    ["datetime.datetime(2024, 1, 2), datetime.timedelta(seconds=90)", [new Date("2024-01-02T00:00Z"), 90]],
    ["divmod(7.5, 2), [x / 1 for x in [4]]", [[3, 1.5], [4]]],
    // As an index, a starred expression is a tuple, with a comma or without.
    ["{(1, 2): 'a'}[*[1, 2]], {(0, 1): 'b'}[0, *[1]]", ["a", "b"]],
    ["10 ** 20", [100000000000000000000n]],
  ];
  for (const [expression, values] of cases) {
    const taken = given(expression);
    assertEquals(taken, values, expression);
    // A class of its own would be equal to an array for all that `assertEquals` sees.
    for (const value of taken) {
      if (Array.isArray(value)) assertEquals(Object.getPrototypeOf(value), Array.prototype, expression);
      if (value instanceof Set) assertEquals(Object.getPrototypeOf(value), Set.prototype, expression);
    }
  }
  const [pairs] = given("((k, 1.0) for k in 'ab')");
  assertEquals(pairs instanceof Iterator && pairs.toArray(), [["a", 1], ["b", 1]]);
});

test("python: keyword arguments are plain values", () => {
  let options: unknown;
  show("{{ f(1, step=2.0, at=(1, 2.0)) }}", { f: (_: number, given: unknown) => void (options = given) });
  assertEquals(options, { step: 2, at: [1, 2] });
});

test("python: a lambda gives plain values to the function that calls it", () => {
  const results: unknown[] = [];
  const each = (f: (x: number) => unknown) => void results.push(f(4), f(5));
  show("{{ each(lambda x: (x / 1, {'k': x * 1.0})) }}{{ each(float) }}", { each });
  assertEquals(results, [[4, { k: 4 }], [5, { k: 5 }], 4, 5]);
});

test("python: what a template puts into collections and objects of the application is plain", () => {
  class Box {
    value: unknown = null;
  }
  const namespace = {
    list: [0] as unknown[],
    object: {} as Record<string, unknown>,
    map: new Map<unknown, unknown>(),
    set: new Set<unknown>(),
    box: new Box(),
  };
  show(
    "{% set list.append(1.0) %}{% set list.insert(0, (2.0,)) %}{% set list.extend([3.0]) %}{% set x = list; x += [4.0] %}" +
      "{% set list[1] = {'a': (5.0,)} %}{% set list[2:3] = [6.0, 7.0] %}" +
      "{% set object['a'] = 1.0 %}{% set object.update(b=(1,)) %}{% set object.setdefault('c', []).append(2.0) %}" +
      "{% set map[1.0] = 2.0 %}{% set map[(1, 2)] = (3.0,) %}{% set set.add(1.0) %}{% set set.update([(2,)]) %}" +
      "{% set box.value = (1.0, 2) %}",
    namespace,
  );
  assertEquals(namespace.list, [[2], { a: [5] }, 6, 7, 3, 4]);
  assertEquals(namespace.object, { a: 1, b: [1], c: [2] });
  assertEquals([...namespace.map], [[1, 2], [[1, 2], [3]]]);
  assertEquals([...namespace.set], [1, [2]]);
  assertEquals(namespace.box.value, [1, 2]);
});

test("python: collections of the application stay the same objects, and so do plain lists of a template", () => {
  const list = [1, 2];
  const map = new Map([["a", 1]]);
  assertEquals(given("list, [list], map", { list, map }).map((value) => value === list || value === map), [
    true,
    false,
    true,
  ]);
  const kept: unknown[][] = [];
  const keep = (items: unknown[]) => void kept.push(items);
  show("{% set a = [1] %}{% set keep(a) %}{% set a.append(2.0) %}", { keep });
  assertEquals(kept, [[1, 2]]);
});

test("python: within a template, floats and tuples stay what they are", () => {
  const source =
    "{% set a = [1.0] %}{{ f(a) }}{% set a.append(2.0) %}{{ a }}{% set d = {'k': (1.0,)} %}{{ f(d) }}{{ d }}" +
    "{% set b = sorted([3.0, 1.0]) %}{% set b.append(4.0) %}{{ b }}{% set c = 'a b'.split() %}{% set c.append(5.0) %}{{ c }}" +
    "{% set e = [x for x in range(2)] + [1.0] %}{% set e[0] = 6.0 %}{{ e }}{% set s = {1.5} %}{% set s.add(7.0) %}{{ s }}" +
    "{% set g, *h = [1, 2] %}{% set h.append(8.0) %}{{ h }}{% set k = list({'a': 1}) * 2 %}{% set k[:1] = [9.0] %}{{ k }}";
  assertEquals(
    show(source, { f: () => "" }),
    "[1.0, 2.0]{'k': (1.0,)}[1.0, 3.0, 4.0]['a', 'b', 5.0][6.0, 1, 1.0]{1.5, 7.0}[2, 8.0][9.0, 'a']",
  );
});

test("python: a range is not passed on if it would fill the memory", () => {
  const { cause } = errorOf(() => given("range(10 ** 9)"));
  assertEquals(cause instanceof Error && cause.name, "OverflowError");
});
