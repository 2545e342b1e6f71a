import { assertEquals, assertMatch } from "@std/assert";
import { appLog, defineLoggingOptions, INFO, rootLogger } from "../../../src/util/log.ts";
import { OptionParser } from "../../../src/util/options.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

test("a final parse sets up logging, and the next one replaces what it has set up", () => {
  using dir = new TempDir();
  const [level, handlers] = [rootLogger.level, [...rootLogger.handlers]];
  const options = new OptionParser();
  defineLoggingOptions(options);
  try {
    options.parseCommandLine([`--log-file-prefix=${dir.path}/a.log`], false);
    assertEquals([...rootLogger.handlers], handlers);
    options.parseCommandLine(["--log-rotate-mode=time"]);
    options.parseConfigDict({ logFileNumBackups: 3 });
    assertEquals(rootLogger.level, INFO);
    appLog.info("once");
    assertMatch(Deno.readTextFileSync(`${dir.path}/a.log`), /^\[I .*\] once\n$/);
    options.parseCommandLine([`--log_file_prefix=${dir.path}/b.log`, "--logging=debug"]);
    appLog.debug("elsewhere");
    assertMatch(Deno.readTextFileSync(`${dir.path}/a.log`), /^.* once\n$/);
    assertMatch(Deno.readTextFileSync(`${dir.path}/b.log`), /^\[D .*\] elsewhere\n$/);
  } finally {
    options.parseCommandLine(["--logging=none"]);
    rootLogger.level = level;
  }
  assertEquals([...rootLogger.handlers], handlers);
});
