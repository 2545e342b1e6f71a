/** The request of the parent to a worker. */
export type WorkerRequest =
  | { readonly source: string; readonly args: readonly unknown[] }
  | { readonly module: string; readonly name: string; readonly args: readonly unknown[] };

/** An error as it travels: its class cannot be cloned, and its cause or fields might not be. */
export interface RemoteError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** The reply of a worker. */
export type WorkerReply =
  | { readonly value: unknown }
  | { readonly error: RemoteError }
  | { readonly thrown: unknown };

/**
 * The program of a worker. It is text, and not a module of its own, so that starting one needs no permission to read a
 * file and works where this module was loaded over https or bundled.
 */
export const WORKER_SOURCE = `
const { parentPort } = require("node:worker_threads");

// Indirect, so that the function sees the global scope and not this program's.
const compile = (source) => {
  try {
    return (0, eval)('"use strict"; (' + source + "\\n)");
  } catch (error) {
    throw new TypeError("Cannot run a function by its source text, write it as a function expression: " + error.message);
  }
};

async function run(request) {
  let func;
  if (request.module === undefined) {
    func = compile(request.source);
  } else {
    const exports = await import(request.module);
    func = exports[request.name];
    if (typeof func !== "function") {
      throw new TypeError("Cannot run " + request.name + " of " + request.module + ": it exports no such function");
    }
  }
  return await func(...request.args);
}

function describe(error) {
  if (!(error instanceof Error)) return { thrown: error };
  const { name, message, stack } = error;
  return { error: { name: String(name), message: String(message), stack: String(stack) } };
}

function send(reply) {
  try {
    parentPort.postMessage(reply);
  } catch (error) {
    // The result, or the value thrown, is a function or holds one.
    parentPort.postMessage(describe(error));
  }
}

parentPort.on("message", (request) => {
  run(request).then((value) => send({ value }), (error) => send(describe(error)));
});
`;
