// Mistakes with options. Behind each directive stands a part of the message that the compiler shows.
import { define, OptionParser } from "../../src/util/options.ts";

const options = new OptionParser();

// The settings of a definition.

// @ts-expect-error: 'default' does not exist in type
define("port", { default: 8888 });
// @ts-expect-error: Type '"integer"' is not assignable to type
define("port", { type: "integer" });
// @ts-expect-error: Type 'string' is not assignable to type 'number'
define("port", { type: "int", defaultValue: "8888" });
// @ts-expect-error: Type 'number' is not assignable to type 'readonly number[]'
define("ports", { type: "int", multiple: true, defaultValue: 8888 });
// @ts-expect-error: Type 'string[]' is not assignable to type
define("name", { defaultValue: ["a"] });
// @ts-expect-error: Type 'number' is not assignable to type 'string'
define("names", { multiple: true, defaultValue: [1] });
// @ts-expect-error: Type 'string' is not assignable to type 'boolean | undefined'
define("verbose", { multiple: "yes" });

// Values have the type of the option.

const port = options.define("port", { type: "int", defaultValue: 8888 });
const name = options.define("name");
const hosts = options.define("hosts", { multiple: true });
const start = options.define("start", { type: "datetime", required: true });
const level = options.define("level", { choices: ["low", "high"], defaultValue: "low" });
const origin = options.define("origin", { type: (text) => new URL(text) });

// @ts-expect-error: Type 'string' is not assignable to type 'number'
port.value = "80";
// @ts-expect-error: 'name.value' is possibly 'null'
take(name.value.length);
// @ts-expect-error: Argument of type 'string[]' is not assignable to parameter of type 'string | number'
take(hosts.value);
// @ts-expect-error: Type 'null' is not assignable to type 'Date'
start.value = null;
// @ts-expect-error: Type '"mid"' is not assignable to type
level.value = "mid";
// @ts-expect-error: 'origin.value' is possibly 'null'
take(origin.value.href);
// @ts-expect-error: Argument of type 'unknown' is not assignable to parameter of type 'string | number'
take(options.port);
// @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
options.define("count", { type: "int", callback: (value) => void port.override(String(value)) });

// Sources.

// @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'readonly string[]'
options.parseCommandLine("--port=80");
// @ts-expect-error: is not assignable to parameter of type 'Readonly<Record<string, unknown>>'
options.parseConfigDict(["port"]);

function take(..._values: (string | number)[]): void {}
