/**
 * Starts configurable-http-proxy, which JupyterHub has been used with.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";

/** The ports of one of JupyterHub's proxies: that of users, and that of the REST interface. */
export interface ConfigurableProxyPorts {
  readonly proxy: number;
  readonly api: number;
}

/** Running proxies, in the order of their options. */
export interface ConfigurableProxies extends AsyncDisposable {
  readonly ports: readonly ConfigurableProxyPorts[];
}

/**
 * Starts `tests/libraries/configurable_proxy.ts`, whose packages are those of that folder: a proxy for each object.
 *
 * @throws {Error} If it ends before it listens.
 */
export async function startConfigurableProxies(options: readonly unknown[]): Promise<ConfigurableProxies> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "configurable_proxy.ts", ...options.map((each) => JSON.stringify(each))],
    cwd: `${projectRoot}/tests/libraries`,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`configurable-http-proxy has ended: ${text}`);
    text += value;
  }
  return {
    ports: JSON.parse(text),
    async [Symbol.asyncDispose]() {
      await process.stdin.close();
      await reader.cancel();
      await process.status;
    },
  };
}
