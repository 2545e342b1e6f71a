import {
  type ExpressionLanguage,
  type Fragment,
  type LanguageRuntime,
  LanguageSyntaxError,
  type NameUse,
} from "../../src/template/mod.ts";

/** What templates in Polish notation need when they render. */
export const runtime: LanguageRuntime = {
  url: import.meta.url,
  exportName: "runtime",
  globals: Object.freeze({ __proto__: null, ten: 10 }),
  helpers: Object.freeze({ __proto__: null, _t$plus: (a: number, b: number) => a + b }),
  text: (value) => typeof value === "string" ? value : typeof value === "number" ? `#${value}` : `'${value}'`,
};

const use = (name: string, use: NameUse["use"]): NameUse => ({ name, use, conditional: false });
const fragment = (...parts: Fragment["parts"]): Fragment => ({ parts, isAsync: false });

/** Polish notation: `plus a plus b ten`; numbers; names, among them words that are reserved in JavaScript. */
function prefix(source: string): Fragment {
  const words = source.split(/\s+/).filter((word) => word !== "");
  const operand = (): Fragment["parts"] => {
    const word = words.shift();
    if (word === undefined) throw new LanguageSyntaxError("something is missing", source.length);
    if (word === "plus") return ["_t$plus(", ...operand(), ",", ...operand(), ")"];
    if (/^\d+$/.test(word)) return [word];
    return [use(word, "read")];
  };
  const parts = operand();
  const [rest] = words;
  if (rest !== undefined) throw new LanguageSyntaxError(`one word too many: ${rest}`, source.lastIndexOf(rest));
  return fragment(...parts);
}

/** An expression language that has nothing of JavaScript's grammar. */
export const polish: ExpressionLanguage = {
  runtime,
  namesBeforeSet: false,
  expression: prefix,
  test: (source) => fragment("(", ...prefix(source).parts, ")!==0"),
  statement: (source) => {
    const [name = "", ...value] = source.split(" ");
    return fragment(use(name, "write"), "=", ...prefix(value.join(" ")).parts);
  },
  callable: prefix,
  loop: (source, value) => {
    const [name = "", ...iterable] = source.split(" ");
    return { target: fragment(use(name, "write"), `=${value}`), iterable: prefix(iterable.join(" ")) };
  },
  except: (source, error) => ({ test: fragment(`${error} instanceof `, ...prefix(source).parts), name: "error" }),
};
