import { resolve } from "node:path";
import { ConfigFileError } from "./errors.ts";
import { readPythonLiterals } from "./python_literals.ts";

/**
 * Reads the values of a config file by name: JSON by its extension, otherwise Python.
 *
 * @throws {ConfigFileError} The file is malformed.
 */
export function readConfigFile(path: string): Iterable<[string, unknown]> {
  if (/\.[cm]?[jt]sx?$/.test(path)) {
    throw new ConfigFileError(path, null, "it is a module, which loadConfigModule loads");
  }
  const bytes = Deno.readFileSync(path);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigFileError(path, null, "it is not UTF-8");
  }
  return /\.jsonc?$/i.test(path) ? readJson(text, path) : readPythonLiterals(text, path, resolve(path));
}

/** A text, a comment, or a comma with what follows it. */
const JSON_TOKEN = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\/|,(?=(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*[}\]])/g;

function readJson(text: string, path: string): [string, unknown][] {
  const plain = text.replace(JSON_TOKEN, (token) => token.startsWith('"') ? token : token.replace(/[^\n]/g, " "));
  let value: unknown;
  try {
    value = JSON.parse(plain);
  } catch (error) {
    // The message of JSON.parse quotes the text, which may be secret.
    const place = error instanceof Error ? /\(line (\d+) column \d+\)/.exec(error.message)?.[1] : undefined;
    throw new ConfigFileError(path, place === undefined ? null : Number(place), "it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigFileError(path, null, "it is not a JSON object");
  }
  return Object.entries(value);
}
