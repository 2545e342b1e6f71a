// The translations of tornado.locale beside ours: the same files, the same questions, the same answers.
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  CSVLocale,
  get,
  getSupportedLocales,
  GettextCatalog,
  loadGettextTranslations,
  loadTranslationData,
  loadTranslations,
  Locale,
  LOCALE_NAMES,
  setDefaultLocale,
} from "../../src/locale/mod.ts";
import { compilePluralRule } from "../../src/locale/_plural_forms.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { moFile, type MoMessage } from "../support/mo_file.ts";
import { askPython } from "../support/python.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const ORACLE = new URL("./locale_oracle.py", import.meta.url).pathname;
const DAY = 86_400;

/** Asks Tornado a question of `locale_oracle.py`, which says what kind of answer it has. */
function tornado<Answer>(ask: string, ...args: unknown[]): Promise<Answer> {
  return askPython([ORACLE], { ask, arguments: args });
}

function directory(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

interface Language {
  readonly rule: string;
  readonly forms: number;
  readonly letters: readonly string[];
  readonly charset?: string;
}

/** Languages of every family of plural rules that gettext's manual lists, and the longest rules in use. */
const LANGUAGES: Readonly<Record<string, Language>> = {
  en: { rule: "n != 1", forms: 2, letters: ["a", "b", " ", "%(name)s"] },
  fr: { rule: "n > 1", forms: 2, letters: ["é", "œ", "ç"] },
  de_AT: { rule: "(n != 1)", forms: 2, letters: ["ä", "ß", "Ö"], charset: "ISO-8859-1" },
  ja: { rule: "0", forms: 1, letters: ["日", "本", "語"] },
  lv: { rule: "n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2", forms: 3, letters: ["ā", "š"] },
  ga: { rule: "n==1 ? 0 : n==2 ? 1 : (n>2 && n<7) ? 2 : (n>6 && n<11) ? 3 : 4", forms: 5, letters: ["á", "í"] },
  ro: { rule: "n==1 ? 0 : (n==0 || (n%100 > 0 && n%100 < 20)) ? 1 : 2", forms: 3, letters: ["ă", "ț"] },
  lt: { rule: "n%10==1 && n%100!=11 ? 0 : n%10>=2 && (n%100<10 || n%100>=20) ? 1 : 2", forms: 3, letters: ["ė", "ų"] },
  ru: {
    rule: "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2",
    forms: 3,
    letters: ["ж", "ы", "ё"],
    charset: "KOI8-R",
  },
  cs: { rule: "(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2", forms: 3, letters: ["ř", "ž"], charset: "ISO-8859-2" },
  pl: { rule: "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2", forms: 3, letters: ["ł", "ź"] },
  sl: { rule: "n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3", forms: 4, letters: ["č", "š"] },
  ar: {
    rule: "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5",
    forms: 6,
    letters: ["ع", "ر", "ب"],
  },
  cy: { rule: "(n==1) ? 0 : (n==2) ? 1 : (n != 8 && n != 11) ? 2 : 3", forms: 4, letters: ["ŵ", "ŷ"] },
  br: {
    rule: "(n%10==1 && n%100!=11 && n%100!=71 && n%100!=91) ? 0 : (n%10==2 && n%100!=12 && n%100!=72 && n%100!=92)" +
      " ? 1 : ((n%10==3 || n%10==4 || n%10==9) && (n%100<10 || n%100>19) && (n%100<70 || n%100>79)" +
      " && (n%100<90 || n%100>99)) ? 2 : (n != 0 && n%1000000 == 0) ? 3 : 4",
    forms: 5,
    letters: ["ñ", "ù"],
  },
};

const COUNTS = [...Array.from({ length: 206 }, (_, n) => n), 1000, 1001, 1_000_000, 1_234_567, 2 ** 31, 2 ** 40 + 1];

function messagesOf(code: string, { forms, letters }: Language): MoMessage[] {
  const random = new Random(code.charCodeAt(0) * 256 + code.charCodeAt(1));
  const words = () => `${code}: ${random.text(letters, 8)}`;
  return [
    { id: "school", text: words() },
    { id: "right", text: words() },
    { context: "law", id: "right", text: words() },
    { id: "line\nbreak", text: `${words()}\n${words()}` },
    { id: "empty", text: "" },
    { id: "file", plural: "files", text: Array.from({ length: forms }, words) },
    { id: "too few", plural: "forms", text: [words()] },
    { context: "tool", id: "file", plural: "files", text: Array.from({ length: forms }, words) },
  ];
}

type Question = [code: string, method: "translate" | "pgettext", args: (string | number)[]];

interface LookUps {
  readonly supported: string[];
  readonly answers: string[];
}

function questionsAbout(code: string): Question[] {
  const ids = ["school", "right", "line\nbreak", "empty", "file", "files", "too few", "missing", "", "__proto__"];
  return [
    ...ids.map((id): Question => [code, "translate", [id]]),
    ...ids.flatMap((id) => ["law", "tool", "none"].map((context): Question => [code, "pgettext", [context, id]])),
    ...COUNTS.flatMap((n): Question[] => [
      [code, "translate", ["file", "files", n]],
      [code, "translate", ["too few", "forms", n]],
      [code, "translate", ["school", "schools", n]],
      [code, "pgettext", ["tool", "file", "files", n]],
      [code, "pgettext", ["none", "file", "files", n]],
      [code, "pgettext", ["none", "missing", "plural", n]],
    ]),
  ];
}

function answer([code, method, args]: Question): string {
  const locale = Locale.get(code);
  const [first, second, third, fourth] = args;
  if (method === "translate") {
    return locale.translate(
      String(first),
      second === undefined ? null : String(second),
      third === undefined ? null : +third,
    );
  }
  const plural = third === undefined ? null : String(third);
  return locale.pgettext(String(first), String(second), plural, fourth === undefined ? null : +fourth);
}

for (const bigEndian of [false, true]) {
  test(`tornado.locale and ours read ${bigEndian ? "big" : "little"}-endian .mo files alike, in ${Object.keys(LANGUAGES).length} languages`, async () => {
    using _ = cleanLocales();
    using tree = directory();
    for (const [code, language] of Object.entries(LANGUAGES)) {
      const file = moFile(messagesOf(code, language), {
        plural: language.rule,
        bigEndian,
        ...(language.charset === undefined ? {} : { charset: language.charset }),
      });
      Deno.mkdirSync(`${tree.path}/${code}/LC_MESSAGES`, { recursive: true });
      Deno.writeFileSync(`${tree.path}/${code}/LC_MESSAGES/shop.mo`, file);
    }
    const questions = Object.keys(LANGUAGES).flatMap(questionsAbout);
    const { supported, answers } = await tornado<LookUps>("look_up", tree.path, "shop", questions);
    loadGettextTranslations(tree.path, "shop");
    assertEquals([...getSupportedLocales()].sort(), supported);
    questions.forEach((question, i) => assertEquals(answer(question), answers[i], JSON.stringify(question)));
  });
}

test("tornado.locale and ours let the .mo file of a country fall back on that of its language", async () => {
  using _ = cleanLocales();
  using tree = directory();
  const files = {
    pt: moFile([{ id: "b", text: "pt b" }, { id: "c", text: "pt c" }, {
      id: "f",
      plural: "fs",
      text: ["pt 0", "pt 1"],
    }], {
      plural: "n > 1",
    }),
    pt_BR: moFile([{ id: "a", text: "br a" }, { id: "b", text: "br b" }], { plural: "n != 1" }),
  };
  for (const [code, file] of Object.entries(files)) {
    Deno.mkdirSync(`${tree.path}/${code}/LC_MESSAGES`, { recursive: true });
    Deno.writeFileSync(`${tree.path}/${code}/LC_MESSAGES/shop.mo`, file);
  }
  const questions = Object.keys(files).flatMap((code): Question[] => [
    ...["a", "b", "c", "d"].map((id): Question => [code, "translate", [id]]),
    ...[0, 1, 2].map((n): Question => [code, "translate", ["f", "fs", n]]),
  ]);
  loadGettextTranslations(tree.path, "shop");
  assertEquals(questions.map(answer), (await tornado<LookUps>("look_up", tree.path, "shop", questions)).answers);
});

/**
 * A random expression. Left out is what Python's translation to its own operators gets wrong, where ours follows C and
 * GNU gettext: `!a == b` (Python negates the comparison) and `&&`, `||` between numbers that are neither 0 nor 1
 * (Python gives one of them).
 */
function randomExpression(random: Random): string {
  const number = (depth: number): string => {
    if (depth === 0) return random.pick(["n", "n", String(random.below(120))]);
    switch (random.below(6)) {
      case 0:
        return `(${number(depth - 1)})`;
      case 1:
        return `(${truth(depth - 1)} ? ${number(depth - 1)} : ${number(depth - 1)})`;
      case 2:
        return random.pick(["n", String(random.below(20))]);
      default:
        return number(depth - 1) + random.pick(["+", " - ", " *", "/ ", "%", "%"]) + number(depth - 1);
    }
  };
  const truth = (depth: number): string => {
    if (depth === 0) return `n${random.pick([" == ", "!=", ">", "<", ">=", "<="])}${random.below(12)}`;
    switch (random.below(5)) {
      case 0:
        return `!${"!".repeat(random.below(2))}(${truth(depth - 1)})`;
      case 1:
        return number(depth - 1) + random.pick(["==", " != ", "<", ">", " <=", ">= "]) + number(depth - 1);
      case 2:
        return `(${truth(depth - 1)})`;
      default:
        return truth(depth - 1) + random.pick(["&&", " && ", "||", " || "]) + truth(depth - 1);
    }
  };
  const choice = (depth: number): string =>
    depth === 0 ? number(random.below(4)) : `${truth(random.below(4))} ? ${choice(0)} : ${choice(depth - 1)}`;
  return random.below(3) === 0 ? truth(4) : choice(random.below(5));
}

test("gettext.c2py() and compilePluralRule() give the same forms for random expressions", async () => {
  const random = new Random(1);
  const counts = [0, 1, 2, 3, 4, 5, 10, 11, 12, 19, 20, 21, 22, 25, 99, 100, 101, 111, 112, 1000];
  const rules = Array.from({ length: 2000 }, () => [randomExpression(random), counts] as const);
  const answers = await tornado<("refused" | (number | null)[])[]>("plural", rules);
  let compared = 0;
  rules.forEach(([expression], i) => {
    // Python counts the parentheses that it adds itself; ours only those of the expression.
    const expected = answers[i];
    if (expected === "refused") return;
    const rule = compilePluralRule(expression);
    counts.forEach((n, j) => {
      let form: number | null;
      try {
        form = rule(n);
      } catch (error) {
        assert(error instanceof RangeError && error.message.includes("divides by zero"), expression);
        form = null;
      }
      assert(
        form === expected[j] || (form === 0 && expected[j] === 0),
        `${expression} for ${n}: ${form}, ${expected[j]}`,
      );
      compared++;
    });
  });
  assert(compared > 30_000, `only ${compared} forms were compared`);
});

test("gettext.c2py() and compilePluralRule() refuse the same mutated expressions", async () => {
  const random = new Random(2);
  const pieces = [
    "n",
    "1",
    " ",
    "(",
    ")",
    "?",
    ":",
    "==",
    "!=",
    "!",
    "&&",
    "||",
    "<",
    "=",
    "%",
    "-",
    "&",
    "x",
    "\n",
    ".",
    "",
  ];
  const texts = Array.from({ length: 3000 }, () => {
    const text = randomExpression(random);
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(pieces) + text.slice(at + random.below(3));
  });
  const answers = await tornado<("refused" | "broken" | number[])[]>("plural", texts.map((text) => [text, []]));
  let accepted = 0;
  texts.forEach((text, i) => {
    let refused = false;
    try {
      compilePluralRule(text);
      accepted++;
    } catch (error) {
      assert(error instanceof SyntaxError);
      refused = true;
    }
    // From `1 == !n` Python makes source that it cannot compile; it is good C.
    if (answers[i] !== "broken") assertEquals(refused, answers[i] === "refused", JSON.stringify(text));
  });
  assert(accepted > 300 && accepted < 2700, `${accepted} texts were accepted`);
});

test("gettext.GNUTranslations and GettextCatalog read mutated .mo files alike", async () => {
  const random = new Random(3);
  const messages = [
    ...messagesOf("pl", LANGUAGES.pl),
    ...messagesOf("en", LANGUAGES.en).map((m) => ({ ...m, id: `2 ${m.id}` })),
  ];
  const original = moFile(messages, { plural: LANGUAGES.pl.rule });
  const charset = Buffer.from(original).indexOf("charset=UTF-8");
  const files = Array.from({ length: 3000 }, () => {
    const file = original.slice();
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      // Half of the changes go where counts and offsets are. The name of the character set stays: Python knows more of
      // them.
      const at = random.below(random.below(2) === 0 ? 20 + 16 * (messages.length + 1) : file.length);
      if (at < charset || at >= charset + 13) {
        file[at] = random.pick([0, 1, 4, 10, 0x20, 0x7f, 0x80, 0xff, random.below(256)]);
      }
    }
    return random.below(20) === 0 ? file.subarray(0, random.below(file.length)) : file;
  });
  const answers = await tornado<([id: string, index: number, text: string, isForm?: true][] | null)[]>(
    "catalogs",
    files.map((file) => Buffer.from(file).toString("base64")),
  );
  let read = 0;
  files.forEach((file, i) => {
    const expected = answers[i];
    let catalog: GettextCatalog;
    try {
      catalog = new GettextCatalog(file);
    } catch (error) {
      assertEquals(expected, null, String(error));
      return;
    }
    // Only we read a header that is not UTF-8 throughout.
    if (expected === null) return;
    read++;
    const forms = new Map<string, string[]>();
    for (const [id, index, text, isForm] of expected) {
      if (isForm) forms.set(id, Object.assign(forms.get(id) ?? [], { [index]: text }));
      else assertEquals(catalog.gettext(id), text);
    }
    for (const [id, texts] of forms) {
      // Whatever the rule became, each count gives one of the forms or, where it chooses none, the message.
      for (const n of [0, 1, 2, 5]) assert([...texts, id, "#"].includes(catalog.ngettext(id, "#", n)));
    }
  });
  assert(read > 400, `only ${read} files were read`);
});

/** A name that Tornado takes for a locale, another one for each number. */
function codeOf(number: number): string {
  return "abcdefghij"[Math.floor(number / 100) % 10] + "abcdefghij"[Math.floor(number / 10) % 10] +
    "abcdefghij"[number % 10];
}

function tablesOf(code: string): Record<string, Record<string, string>> {
  const locale = Locale.get(code);
  if (!(locale instanceof CSVLocale)) throw new TypeError(`${code} has no tables`);
  return Object.fromEntries(Object.entries(locale.translations).map(([kind, table]) => [kind, { ...table }]));
}

test("tornado.locale and ours read the same tables from random CSV files", async (t) => {
  using _ = cleanLocales();
  using files = directory();
  const random = new Random(4);
  const pieces = [
    '"',
    '"',
    ",",
    ",",
    "\n",
    "\r",
    "\r\n",
    '""',
    " ",
    "a",
    "b",
    "é",
    "\u00a0",
    "\u2003",
    "\x1c",
    "\ufeff",
    "plural",
    "singular",
  ];
  for (let i = 0; i < 1000; i++) {
    const rows = Array.from(
      { length: 1 + random.below(6) },
      () =>
        random.below(2) === 0
          ? random.text(pieces, 12)
          : `"${random.text(pieces, 3).replaceAll('"', '""')}",${random.text(["x", " ", "é"], 3)},${
            random.pick(["", "plural", "singular", "unknown"])
          }`,
    );
    Deno.writeTextFileSync(`${files.path}/${codeOf(i)}.csv`, rows.join(random.pick(["\n", "\r\n"])));
  }
  t.expectLog("tornado.general", /^Unrecognized plural indicator/);
  const tables = await tornado<Record<string, Record<string, Record<string, string>>>>("load_csv", files.path, null);
  loadTranslations(files.path);
  assertEquals(Object.keys(tables).sort(), [...getSupportedLocales()].filter((code) => code !== "en_US").sort());
  for (const [code, expected] of Object.entries(tables)) {
    assertEquals(tablesOf(code), expected, JSON.stringify(Deno.readTextFileSync(`${files.path}/${code}.csv`)));
  }
});

test("tornado.locale and ours read CSV files alike in every encoding", async () => {
  const text = '"school","école"\r\n"cat","chat","singular"\n"cats","chats","plural"\n';
  const utf16 = (little: boolean, mark: boolean) => {
    const bytes = Buffer.from((mark ? "\ufeff" : "") + text, "utf16le");
    return little ? bytes : bytes.swap16();
  };
  // One directory each: Tornado reuses what it found out from the first file for all others, which is not followed.
  const cases: [string | null, Uint8Array][] = [
    [null, Buffer.from(text)],
    [null, Buffer.from(`\ufeff${text}`)],
    [null, utf16(true, true)],
    [null, utf16(false, true)],
    ["utf-8", Buffer.from(text)],
    ["utf-8-sig", Buffer.from(`\ufeff${text}`)],
    ["utf-16", utf16(true, true)],
    ["utf-16", utf16(false, true)],
    ["utf-16-le", utf16(true, false)],
    ["utf-16-be", utf16(false, false)],
    ["latin-1", Buffer.from(text, "latin1")],
    ["cp1252", Buffer.from(text, "latin1")],
    ["iso8859_15", Buffer.from(text, "latin1")],
  ];
  for (const [encoding, bytes] of cases) {
    using _ = cleanLocales();
    using files = directory();
    Deno.writeFileSync(`${files.path}/fr_FR.csv`, bytes);
    const tables = await tornado<Record<string, Record<string, Record<string, string>>>>(
      "load_csv",
      files.path,
      encoding,
    );
    loadTranslations(files.path, encoding);
    assertEquals(tablesOf("fr_FR"), tables["fr_FR"], String(encoding));
    assertEquals(get("fr_FR").translate("school"), "école");
  }
});

const PATTERNS = {
  unknown: {
    January: "janvier",
    June: "juin",
    Saturday: "samedi",
    yesterday: "hier",
    "yesterday at %(time)s": "hier à %(time)s",
    "%(weekday)s at %(time)s": "%(weekday)s à %(time)s",
    "%(month_name)s %(day)s": "%(day)s %(month_name)s",
    "%(month_name)s %(day)s, %(year)s at %(time)s": "le %(day)s %(month_name)s %(year)s à %(time)s",
  },
  singular: { "1 minute ago": "il y a une minute", "1 hour ago": "il y a une heure" },
  plural: { "%(seconds)d seconds ago": "il y a %(seconds)d s", "%(hours)d hours ago": "il y a %(hours)d h (100 %%)" },
};

test("tornado.locale and ours write the same dates over times, locales and options", async () => {
  using _ = cleanLocales();
  const translations = { en_US: {}, en: {}, zh_CN: {}, de_DE: {}, fa_IR: {}, fr_FR: PATTERNS };
  const nows = [Date.UTC(2024, 5, 15, 12, 0, 0), Date.UTC(2023, 0, 1, 0, 0, 5), Date.UTC(2024, 1, 29, 23, 59, 59)].map((
    ms,
  ) => ms / 1000);
  const random = new Random(5);
  const ages = [
    ...[0, 0.4, 1, 2, 49, 49.9, 50, 59, 60, 89, 90, 91, 149, 150, 151, 210, 2999, 3000, 3599, 5400, 9000, 9001, 12_600],
    ...[DAY - 1, DAY, DAY + 1, 1.5 * DAY, 2 * DAY - 1, 2 * DAY, 3 * DAY, 4 * DAY, 5 * DAY - 1, 5 * DAY, 6 * DAY],
    ...[30 * DAY, 200 * DAY, 333 * DAY, 334 * DAY - 1, 334 * DAY, 365 * DAY, 366 * DAY, 4000 * DAY, 20_000 * DAY],
    ...[-0.4, -1, -30, -59, -59.9, -60, -61, -3600, -DAY, -DAY - 30, -DAY - 90, -400 * DAY, -3 * DAY - 59],
    ...Array.from({ length: 60 }, () => random.below(400 * DAY * 1000) / 1000),
    ...Array.from({ length: 40 }, () => random.below(3 * DAY)),
  ];
  const questions: [string, number, number, number, boolean, boolean, boolean][] = [];
  for (const code of Object.keys(translations)) {
    for (const now of nows) {
      for (const age of ages) {
        for (const gmtOffset of [0, 60, -330, 720, -840]) {
          for (
            const [relative, shorter, fullFormat] of [
              [true, false, false],
              [true, true, false],
              [false, false, false],
              [false, true, false],
              [true, false, true],
            ]
          ) {
            questions.push([code, now, now - age, gmtOffset, relative, shorter, fullFormat]);
          }
        }
      }
    }
  }
  const answers = await tornado<string[]>("dates", translations, questions);
  loadTranslationData(translations);
  let differing = 0;
  questions.forEach(([code, now, date, gmtOffset, relative, shorter, fullFormat], i) => {
    const text = Locale.get(code).formatDate(date, { now, gmtOffset, relative, shorter, fullFormat });
    const ahead = date - now;
    // Tornado looks at the seconds of the difference without its days: a date 1 day and 30 seconds ahead is "0 seconds
    // ago" to it. That is not followed: such dates get the full format, like any other in the future.
    if (relative && ahead >= 60 && ahead % DAY < 60) {
      differing++;
      const full = Locale.get(code).formatDate(date, { now, gmtOffset, relative, shorter, fullFormat: true });
      assertEquals(text, full);
      return;
    }
    assertEquals(text, answers[i], JSON.stringify(questions[i]));
  });
  assert(differing < questions.length / 20, `${differing} of ${questions.length} were left out`);
});

test("tornado.locale and ours write the same days", async () => {
  const questions: [string, number, number, boolean][] = [];
  for (const code of ["en_US", "fr_FR"]) {
    for (let date = -3 * 365 * DAY; date < 60 * 365 * DAY; date += 11.3 * DAY) {
      for (const gmtOffset of [0, 300, -600]) questions.push([code, Math.round(date), gmtOffset, date % 2 < 1]);
    }
  }
  const answers = await tornado<string[]>("days", questions);
  const ours = questions.map(([code, date, gmtOffset, dow]) =>
    new CSVLocale(code, {}).formatDay(date, { gmtOffset, dow })
  );
  assertEquals(ours, answers);
});

test("tornado.locale and ours choose the same closest locale", async () => {
  const random = new Random(6);
  const parts = ["en", "EN", "En", "fr", "FR", "pt", "br", "BR", "zh", "CN", "Hans", "", "x", "_", "-", "_", "-"];
  // Tornado skips codes of more parts.
  const isShort = (code: string) => code.split(/[-_]/).length <= 2;
  const questions = Array.from(
    { length: 2000 },
    () => Array.from({ length: random.below(4) }, () => random.text(parts, 4)).filter(isShort),
  );
  const supported = ["fr", "pt_BR", "pt", "zh_CN", "EN"];
  for (const initial of ["en_US", "fr", "x"]) {
    using _ = cleanLocales();
    loadTranslationData(Object.fromEntries(supported.map((code) => [code, {}])));
    setDefaultLocale(initial);
    const answers = await tornado<string[]>("closest", supported, initial, questions);
    questions.forEach((codes, i) => assertEquals(get(...codes).code, answers[i], JSON.stringify(codes)));
  }
});

test("tornado.locale and ours have the same names, directions, lists and numbers", async () => {
  const codes = [...Object.keys(LOCALE_NAMES), "en", "fr", "ar", "ar_EG", "he", "fa", "heb", "xx", ""];
  const lists = [[], ["a"], ["a", "b"], ["a", "b", "c"], ["%s", "%(last)s", "é"]];
  const numbers = [0, 1, 12, 123, 1234, 12_345, 123_456, 1_234_567, 2 ** 53];
  const ours = codes.map((code) => {
    const locale = new CSVLocale(code, {});
    return {
      name: locale.name,
      rtl: locale.rtl,
      lists: lists.map((parts) => locale.list(parts)),
      numbers: numbers.map((number) => locale.friendlyNumber(number)),
    };
  });
  assertEquals(ours, await tornado("plain", codes, lists, numbers));
});
