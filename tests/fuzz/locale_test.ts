// Files of translations with random changes: what cannot be read is refused with the documented error, and soon.
import { assert } from "@std/assert";
import {
  GettextCatalog,
  GettextLocale,
  loadTranslationData,
  Locale,
  TranslationFileError,
} from "../../src/locale/mod.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { moFile } from "../support/mo_file.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

const ROUNDS = 20_000;
/** No input may take longer, however unlucky the machine. */
const MAX_MILLISECONDS = 1000;

function mutate(random: Random, original: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = original.slice();
  for (let changes = 1 + random.below(6); changes > 0; changes--) {
    bytes[random.below(bytes.length)] = random.pick([
      0,
      1,
      8,
      0x0a,
      0x22,
      0x2c,
      0x3b,
      0x7f,
      0x80,
      0xff,
      random.below(256),
    ]);
  }
  return bytes.subarray(0, random.below(10) === 0 ? random.below(bytes.length) : bytes.length);
}

function timed(run: () => void, input: Uint8Array): void {
  const start = performance.now();
  run();
  const taken = performance.now() - start;
  assert(taken < MAX_MILLISECONDS, `${taken} ms for ${input.toHex()}`);
}

test("fuzz: mutated .mo files give a catalogue or a TranslationFileError", () => {
  const random = new Random(11);
  const original = moFile([
    { id: "yes", text: "так" },
    { id: "file", plural: "files", text: ["файл", "файли", "файлів"] },
    { context: "law", id: "right", text: "право" },
  ], { plural: "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2" });
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutate(random, original);
    timed(() => {
      try {
        const locale = new GettextLocale("uk", new GettextCatalog(bytes));
        locale.translate("yes");
        locale.pgettext("law", "right", "rights", 1);
        for (const n of [0, 1, 7]) locale.translate("file", "files", n);
      } catch (error) {
        // A changed rule may divide by zero.
        if (!(error instanceof TranslationFileError) && !(error instanceof RangeError)) throw error;
      }
    }, bytes);
  }
});

test("fuzz: mutated CSV files give tables or a TranslationFileError", (t) => {
  using _ = cleanLocales();
  const random = new Random(12);
  const original = new TextEncoder().encode(
    '"one","eins"\n"two, or so","zwei"""\r\nthree,drei,plural\n"a\nb",c,singular\n',
  );
  t.expectLog("tornado.general", /^Unrecognized plural indicator/);
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutate(random, original);
    timed(() => {
      try {
        loadTranslationData({ de: bytes }, { encoding: random.pick([null, "utf-16", "latin1"]) });
        Locale.get("de").translate("one");
      } catch (error) {
        if (!(error instanceof TranslationFileError)) throw error;
      }
    }, bytes);
  }
});

test("fuzz: CSV files take time linear in their size", (t) => {
  using _ = cleanLocales();
  t.expectLog("tornado.general", /^Unrecognized plural indicator/);
  for (const piece of ['"', '""', ",", "\n", "a", '"a', '",', '"\n', ' "', "a\n", "\r", "\u00a0", ",,x\n", 'a,b,"x']) {
    assertLinear((n) => piece.repeat(n / piece.length), (text) => loadTranslationData({ de: text }));
  }
});
