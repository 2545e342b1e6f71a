import { projectRoot } from "../../tools/project.ts";

/** A running oidc-provider. */
export interface OidcProvider extends AsyncDisposable {
  /** Its issuer. */
  readonly issuer: string;
}

/**
 * Starts `tests/libraries/oidc_provider.ts`, whose packages are those of that folder.
 *
 * @throws {Error} If it ends before it listens.
 */
export async function startOidcProvider(): Promise<OidcProvider> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "oidc_provider.ts"],
    cwd: `${projectRoot}/tests/libraries`,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let issuer: string | undefined;
  while ((issuer = /^issuer (http:\S+)\n/m.exec(text)?.[1]) === undefined) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`oidc-provider has ended: ${text}`);
    text += value;
  }
  return {
    issuer,
    async [Symbol.asyncDispose]() {
      await process.stdin.close();
      await reader.cancel();
      await process.status;
    },
  };
}
