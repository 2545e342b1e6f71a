// Random templates over the grammar of Python, for the comparison with Tornado.

import { Random } from "../support/random.ts";
import { NAMESPACE as NEUTRAL, type TemplateCase } from "./template_generator.ts";

/** What the templates find. */
export const NAMESPACE: TemplateCase["namespace"] = {
  ...NEUTRAL,
  neg: -7,
  fl: 2.5,
  small: 0.001,
  ys: [0.5, -1.25, 1e20 + 0.5, 3.75],
  d: { a: 1, b: "two", c: [1, 2], e: null },
  yes: true,
  no: false,
  words: "the quick  brown\tfox",
};

type Kind = "int" | "float" | "str" | "bool" | "list" | "texts" | "tuple" | "dict" | "none";

const KINDS: readonly Kind[] = ["int", "int", "float", "str", "str", "bool", "list", "texts", "tuple", "dict", "none"];

const ATOMS: Readonly<Record<Kind, readonly string[]>> = {
  int: ["i", "j", "zero", "neg", "user.age", "xs[1]", "7", "0", "-2", "1_000", "0x1f", "True", "10 ** 20"],
  float: ["fl", "small", "ys[0]", "2.0", "1e3", ".5", "-0.0", "1e16", "1e-5", "float('inf')"],
  str: [
    "s",
    "t",
    "empty",
    "u",
    "words",
    "user.name",
    "d['b']",
    "'lit'",
    '"q\'t"',
    "'''tri\nple'''",
    "r'\\d'",
    "'\\x41'",
  ],
  bool: ["yes", "no", "True", "False"],
  list: ["xs", "ys", "none", "[1, 2, 3]", "[]", "d['c']", "[*xs, 4]"],
  texts: ["ns", "user.tags", "['b', 'a']", "words.split()", "list('héy😀')", "list(d)"],
  tuple: ["(1, 2)", "()", "(1,)", "('a', 2.0, None)", "tuple(xs)", "(*ns,)"],
  dict: ["d", "{}", "{'k': 1}", "dict(a=1, b=2)", "{**d, 'z': 0}", "{1: 'one', (1, 2): 'pair', None: 0}"],
  none: ["None", "nul"],
};

/** Templates of expressions by what they give: `$int` stands for an expression of that kind, `$any` for one of any. */
const FORMS: Readonly<Record<Kind, readonly string[]>> = {
  int: [
    "$int + $int",
    "$int - $int",
    "$int * $int",
    "$int // ($int | 1)",
    "$int % ($int | 1)",
    "-$int",
    "~$int",
    "+$bool",
    "($int & 255)",
    "($int | $int)",
    "($int ^ 5)",
    "$int << 3",
    "$int >> 1",
    "abs($int)",
    "len($str)",
    "len($list)",
    "len($dict)",
    "sum(xs)",
    "max($int, $int)",
    "min(xs, key=lambda x: -x)",
    "int($float)",
    "int('12')",
    "int(str($int))",
    "round($float)",
    "$list[$int]",
    "xs[-1]",
    "ord('é')",
    "$str.count('a')",
    "$str.find('o')",
    "(['a'] + $texts).index('a')",
    "($int if $bool else $int)",
    "divmod($int, $int | 1)[1]",
    "pow($int & 7, 3)",
    "$dict.get('a', $int)",
    "(lambda x, y=2: x * y)($int)",
    "(lambda *a, **k: len(a) + len(k))($int, *xs, q=1)",
    "[$int, $int][-1]",
    "next(iter($list), 9)",
    "(n := $int)",
    "len(set($list))",
    "sum(1 for c in $str if c in 'aeiou')",
    "$bool + 1",
    "(hash($int) == hash($int)) + 1",
  ],
  float: [
    "$int / ($int | 1)",
    "$float + $int",
    "$float * $float",
    "$float - $float",
    "$float // $int",
    "$float % $int",
    "-$float",
    "float($int)",
    "float('1.50')",
    "abs($float)",
    "round($float, 2)",
    "round($float, $int & 3)",
    "max($list)",
    "sum(ys)",
    "$float ** 2",
    "2 ** -1",
    "float(str($float))",
  ],
  str: [
    "$str + $str",
    "$str * ($int & 3)",
    "$str[1:]",
    "$str[::-1]",
    "$str[:$int]",
    "$str[$int & 3]",
    "$str[-2:$int:2]",
    "$str.upper()",
    "$str.lower()",
    "$str.title()",
    "$str.capitalize()",
    "$str.swapcase()",
    "$str.strip()",
    "$str.strip('al')",
    "$str.replace('a', $str)",
    "$str.replace('e', '', 1)",
    "', '.join($texts)",
    "', '.join(str(x) for x in $list)",
    "$str.center(12, '*')",
    "$str.ljust(9)",
    "$str.rjust(9)",
    "$str.zfill(8)",
    "$str.partition(' ')[0]",
    "$str.split('a')[0]",
    "$str.rsplit(None, 1)[-1]",
    "'%d items' % $int",
    "'%s and %r' % ($any, $any)",
    "'%.2f|%5d|%-5s|' % ($float, $int, $str)",
    "'%05.1f %x %o %e %g' % ($float, $int & 255, $int & 255, $float, $float)",
    "'%(a)s-%(b)r' % $dict",
    "'{} {}'.format($any, $any)",
    "'{0!r:>10}|{1:<6}|{0}'.format($str, $int)",
    "'{:,}|{:+d}|{:#x}|{:08.3f}|{:.1%}'.format($int, $int, $int & 255, $float, $float)",
    "'{x[a]} {y.age}'.format(x=$dict, y=user)",
    "f'{$int} {$str!r} {$float:.2f} {$int:>{j}}'",
    'f"{$int=} {{}}"',
    "format($float, '.3g')",
    "format($int, ',')",
    "str($any)",
    "repr($any)",
    "ascii($str)",
    "chr(65 + ($int & 15))",
    "hex($int)",
    "bin($int)",
    "json_encode($any)",
    "url_escape(str($str))",
    "xhtml_escape(str($str))",
    "($str or 'else')",
    "($str and 'then')",
    "($str if $bool else $str)",
    "type($int).__name__ if False else 'x'",
    "str($int)[0]",
    "'a' 'b' f'{$int}'",
    "getattr(user, 'name', 'none')",
    "getattr(user, 'nope', 'none')",
    "sorted($texts)[0]",
    "min($texts, key=len)",
    "dict(zip($texts, $list)).get('a', 'none')",
  ],
  bool: [
    "$int < $int",
    "$int <= $int < $int",
    "$int == $int != $int",
    "$any == $any",
    "$any != $any",
    "$str < $str",
    "$tuple < $tuple",
    "$list >= $list",
    "not $any",
    "$any is None",
    "$none is not None",
    "$bool and $bool",
    "$bool or $bool",
    "$str in $str",
    "$int in $list",
    "$str not in $texts",
    "'a' in $dict",
    "isinstance($any, (int, str))",
    "isinstance($any, dict)",
    "any($list)",
    "all($list)",
    "any(x > 2 for x in $list)",
    "$str.startswith('a')",
    "$str.endswith(('a', 'x'))",
    "$str.isdigit()",
    "$str.isalpha()",
    "bool($any)",
    "callable($any)",
    "hasattr(user, 'name')",
    "{1, 2} <= set($list)",
    "1 < $float < 3",
  ],
  list: [
    "$list + $list",
    "$list * 2",
    "$list[1:]",
    "$list[::-1]",
    "$list[$int:$int]",
    "sorted($list)",
    "sorted($list, reverse=True)",
    "sorted(set($list))",
    "list(range($int & 7))",
    "list(range(5, 0, -2))",
    "[x * 2 for x in $list]",
    "[x for x in $list if x]",
    "[x + y for x in xs for y in xs if x != y]",
    "[[y for y in range(x)] for x in xs]",
    "list(map(lambda x: x + 1, $list))",
    "list(filter(None, $list))",
    "list(reversed($list))",
    "[k for k, v in [('a', 1), ('b', 2)]]",
    "[v for v in $dict.values() if v]",
    "list(enumerate($texts, 1))",
    "list(zip($list, $texts))",
    "[len(w) for w in $texts]",
    "[$any, $any]",
    "[$int, *$list]",
    "list($tuple)",
    "list($dict.items())",
    "($list or [0])",
    "sum([[1], [2]], [])",
  ],
  texts: [
    "$str.split()",
    "$str.split(' ', 1)",
    "$str.splitlines()",
    "sorted($texts, key=lambda w: (len(w), w))",
    "sorted($texts, key=str.lower)",
    "[w.upper() for w in $texts]",
    "[w for w in $texts if 'a' in w]",
    "$texts[:2]",
    "$texts + $texts",
    "list($str)",
    "sorted(d)",
    "[str(x) for x in $list]",
    "list(map(str, $list))",
  ],
  tuple: [
    "($any, $any)",
    "($any,)",
    "$tuple + $tuple",
    "tuple($list)",
    "$tuple[1:]",
    "$tuple * 2",
    "tuple(x for x in $list)",
    "divmod($int, $int | 1)",
    "($int, *$list)",
  ],
  dict: [
    "{'k': $any, 'l': $int}",
    "{k: v for k, v in enumerate($list)}",
    "{w: len(w) for w in $texts}",
    "dict($dict, z=$int)",
    "dict(zip('abc', $list))",
    "{**$dict, $str: $any}",
    "dict([('a', $any)])",
    "{x: None for x in $list}",
    "$dict.copy()",
    "{1.0: 'f', 1: 'i', True: 'b'}",
  ],
  none: ["[].append($any)", "($none if $bool else None)", "d.get('missing')", "(lambda: None)()"],
};

/** Statements that may fail or change what they are given. */
const STATEMENTS = [
  "$v = $any",
  "$v = $w = $any",
  "$v, $w = $int, $str",
  "($v, $w) = [$any, $any]",
  "$v, *$w = $list",
  "*$v, $w = $texts",
  "[$v, ($w, _)] = $int, ($str, $any)",
  "$v = list($list); $v.append($int)",
  "$v = [$int, $int]; $v[0] = $any",
  "$v = list($list); $v[1:2] = $texts",
  "$v = [$int, $int, $int]; del $v[$int & 1]",
  "$v = {}; $v['k'] = $any; $v.update(x=$int)",
  "$v = {'k': $any}; del $v['k']",
  "$v = $dict.copy(); $v.setdefault('s', []).append($int)",
  "$v = {'p': $int}; $v.pop('p')",
  "$v = $int; $v += $int",
  "$v = $str; $v *= 2",
  "$v = $float; $v /= 2; $v -= $int",
  "$v = [1]; $v += $texts",
  "$v = [5]; $w = $v; $w += [6]",
  "$v = {'n': 1}; $v['n'] += $int",
  "$v = sorted($list); $v.sort(reverse=True); $v.insert(1, $any)",
  "$v = lambda a, b=2, *c, k=3, **r: (a, b, c, k, sorted(r))",
  "$v = 1; assert $bool or 1, 'no'",
  "$v = $any; del $v",
  "$v = set($list); $v.add($int); $v = sorted($v)",
  "$v = ($w := $int) + 1",
  "pass",
];

/** What goes wrong in Python, or is not Python. */
const FAULTS = [
  "{{ 1 / 0 }}",
  "{{ xs[10] }}",
  "{{ d['nope'] }}",
  "{{ 'a' + 1 }}",
  "{{ int('x') }}",
  "{{ nosuch }}",
  "{{ user.nope }}",
  "{{ nul.x }}",
  "{{ len(5) }}",
  "{{ xs < 3 }}",
  "{{ {}[[]] }}",
  "{{ [1, 2].index(9) }}",
  "{{ 'abc'.index('z') }}",
  "{{ t() }}",
  "{{ '%d' % 'x' }}",
  "{{ '{1}'.format(1) }}",
  "{{ (lambda: 0)(1) }}",
  "{{ sorted([1, 'a']) }}",
  "{{ max([]) }}",
  "{{ next(iter([])) }}",
  "{% set a1, b1 = 1, 2, 3 %}",
  "{% set a2, b2 = 5 %}",
  "{% set assert 0 %}",
  "{% set later2 = later2 + 1 %}",
  "{% for q in 5 %}{% end %}",
  "{{ 1 if 2 }}",
  "{{ x = = 1 }}",
  "{{ a b }}",
  "{{ (1, }}",
  "{{ 'open }}",
  "{{ lambda }}",
  "{{ f(a=1, 2) }}",
  "{{ x[] }}",
  "{{ not }}",
  "{{ 1 +\n 2 }}",
  "{{ class }}",
  "{% set 1 = 2 %}",
  "{% set f() = 2 %}",
  "{% if x = 1 %}{% end %}",
  "{% for 1 in xs %}{% end %}",
  "{% import nosuchmodule %}",
];

const EXCEPTIONS = ["KeyError", "IndexError", "ValueError", "TypeError", "ZeroDivisionError", "Exception", "NameError"];

class Generator {
  readonly #random: Random;
  #names = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  content(depth: number, inLoop: boolean, pieces: number): string {
    let content = "";
    for (let n = 0; n < pieces; n++) content += this.#piece(depth, inLoop);
    return content;
  }

  /** An expression of a kind, now and then of another one. */
  expression(kind: Kind, depth: number): string {
    const random = this.#random;
    const own = random.below(200) === 0 ? random.pick(KINDS) : kind;
    if (depth <= 0 || random.below(3) === 0) return random.pick(ATOMS[own]);
    const text = this.#fill(random.pick(FORMS[own]), depth - 1);
    return /^[\w.'"[\](){}]+$/.test(text) ? text : `(${text})`;
  }

  #fill(form: string, depth: number): string {
    const names = [`v${this.#names}`, `v${this.#names + 1}`];
    if (form.includes("$v")) this.#names += 2;
    return form.replace(/\$(\w+)/g, (whole, kind: string) => {
      if (whole === "$v") return names[0] ?? "";
      if (whole === "$w") return names[1] ?? "";
      const inner = this.expression(kind === "any" ? this.#random.pick(KINDS) : kind as Kind, depth);
      // Within an f-string, a quote would end it, and neither a backslash nor a comment may stand there.
      return /^f['"]/.test(form) && /['"\\#{}:!\n]/.test(inner) ? "i" : inner;
    });
  }

  #any(depth = 2): string {
    return this.expression(this.#random.pick(KINDS), depth);
  }

  #test(): string {
    return this.#random.below(2) === 0 ? this.expression("bool", 2) : this.#any();
  }

  #body(depth: number, inLoop: boolean): string {
    return this.content(depth + 1, inLoop, this.#random.below(3));
  }

  #piece(depth: number, inLoop: boolean): string {
    const random = this.#random;
    switch (random.below(depth > 2 ? 9 : 16)) {
      case 0:
        return random.pick(["text\n", " ", "<p>", "\n", "&amp;"]);
      case 1:
      case 2:
      case 3:
      case 4:
        return `{{ ${this.#any(3)} }}`;
      case 5:
        return `{% raw ${this.#any()} %}`;
      case 6:
      case 7:
        return this.#statement();
      case 8:
        if (inLoop && random.below(2) === 0) {
          return `{% if ${this.#test()} %}{% ${random.pick(["break", "continue"])} %}{% end %}`;
        }
        return `{% module ${
          random.pick([`Greet(str(${this.expression("str", 1)}))`, `Greet(name=str(${this.expression("str", 1)}))`])
        } %}`;
      case 9:
      case 10:
        return `{% if ${this.#test()} %}${this.#body(depth, inLoop)}{% elif ${this.#test()} %}${
          this.#body(depth, inLoop)
        }{% else %}${this.#body(depth, inLoop)}{% end %}`;
      case 11:
      case 12:
        return this.#for(depth);
      case 13:
        return this.#try(depth, inLoop);
      case 14:
        return `{% apply ${random.pick(["shout", "wrapper('<', '>')", "url_escape", "xhtml_escape"])} %}${
          this.#body(depth, false)
        }{% end %}`;
      default: {
        const name = `v${this.#names++}`;
        return `{% set ${name} = 3 %}{% while ${name} %}{% set ${name} -= 1 %}${
          this.#body(depth, true)
        }{% else %}-{% end %}`;
      }
    }
  }

  #statement(): string {
    const statement = this.#fill(this.#random.pick(STATEMENTS), 1);
    const names = [...new Set(statement.match(/\bv\d+/g))];
    const shown = names.filter((name) => !statement.includes(`del ${name}`) || statement.includes(`del ${name}[`));
    const printed = statement.includes("lambda a, b=2")
      ? `{{ ${names[0]}(1) }}{{ ${names[0]}(1, 2, 3, k=4, z=5) }}`
      : shown.map((name) => `{{ ${name} }}`).join("");
    return `{% set ${statement} %}${printed}`;
  }

  #for(depth: number): string {
    const random = this.#random;
    const [a, b] = [`v${this.#names++}`, `v${this.#names++}`];
    const head = random.pick([
      `${a} in ${this.expression("list", 2)}`,
      `${a} in ${this.expression("str", 1)}`,
      `${a} in ${this.expression("dict", 1)}`,
      `${a}, ${b} in ${this.expression("dict", 2)}.items()`,
      `${a}, ${b} in enumerate(${this.expression("texts", 1)})`,
      `${a}, ${b} in pairs`,
      `${a}, (${b}, _) in [(1, (2, 3)), ('x', 'yz')]`,
      `${a}, *${b} in [(1, 2, 3), 'abc']`,
      `${a} in range(${this.expression("int", 0)} & 3)`,
      `${a}, ${b} in zip(xs, ${this.expression("texts", 1)})`,
      `${a} in 1, 2, 'c'`,
      `${a} in sorted(users, key=lambda x: x['age'])`,
    ]);
    const printed = head.includes("users") ? `{{ ${a}.name }}` : `{{ ${a} }}`;
    const otherwise = random.below(4) === 0 ? `{% else %}${this.#body(depth, false)}` : "";
    return `{% for ${head} %}${printed}${this.#body(depth, true)}${otherwise}{% end %}`;
  }

  #try(depth: number, inLoop: boolean): string {
    const random = this.#random;
    const fault = random.below(3) > 0 ? random.pick(FAULTS.slice(0, 20)) : "";
    const clause = random.pick([
      "{% except %}all",
      ...EXCEPTIONS.map((name) => `{% except ${name} %}${name}`),
      "{% except (KeyError, TypeError) as e1 %}two",
      "{% except KeyError as e1 %}{{ e1 }}",
      "{% except LookupError %}look{% except ArithmeticError %}arith{% except Exception %}rest",
    ]);
    const last = random.below(4) === 0 ? "{% finally %}last" : "";
    return `{% try %}${this.#body(depth, inLoop)}${fault}${clause}${this.#body(depth, inLoop)}${last}{% end %}`;
  }
}

/** A case from a seed; one in six has a fault put into it. */
export function generatePythonCase(seed: number): TemplateCase {
  const random = new Random(seed);
  const generator = new Generator(random);
  let source = generator.content(0, false, 2 + random.below(7));
  if (random.below(6) === 0) {
    const tags = [...source.matchAll(/\{[{%](?! (?:el|except|finally|end))/g)].map(({ index }) => index);
    const at = random.pick([0, source.length, ...tags]);
    source = source.slice(0, at) + random.pick(FAULTS) + source.slice(at);
  }
  const files = { "page.txt": source };
  return {
    files,
    entry: "page.txt",
    namespace: NAMESPACE,
    options: { autoescape: random.pick([null, "xhtml_escape"]) },
  };
}
