/**
 * The command that compiles a directory of templates into one module, or checks it.
 *
 * ```sh
 * deno run -RW cli.ts templates -o templates.ts --ext=html,txt
 * deno run -R cli.ts --language python --check templates
 * ```
 *
 * Without arguments it explains its options. It is a file of its own, so that programs which import the function
 * `compileCommand` do not load Python.
 *
 * @module
 */

import { compileCommand } from "./compile_command.ts";
import { python } from "./python.ts";

if (import.meta.main) Deno.exit(compileCommand(Deno.args, { python }));
