import { appLog } from "../../src/util/log.ts";

/** A JSON file that is replaced as a whole: after a crash it has either the old content or the new one. */
export class StateFile {
  readonly #path: string;
  readonly #take: () => unknown;
  #saving: Promise<void> | null = null;
  #isStale = false;

  /** @param take Returns what is to be saved, at the moment of saving. */
  constructor(path: string, take: () => unknown) {
    this.#path = path;
    this.#take = take;
  }

  /** Reads the file; `null` if there is none, or none that makes sense, which is logged. */
  async load(): Promise<unknown> {
    try {
      return JSON.parse(await Deno.readTextFile(this.#path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      appLog.warning("Cannot read the routes in %s: %s", this.#path, error);
      return null;
    }
  }

  /** Resolves when the file has the state as it is now, or it cannot be written, which is logged. */
  async save(): Promise<void> {
    this.#isStale = true;
    while (this.#isStale) await (this.#saving ??= this.#write().finally(() => this.#saving = null));
  }

  async #write(): Promise<void> {
    this.#isStale = false;
    const fresh = `${this.#path}.new`;
    try {
      // Targets are nobody's business but the Hub's.
      await Deno.writeTextFile(fresh, JSON.stringify(this.#take()), { mode: 0o600 });
      await Deno.rename(fresh, this.#path);
    } catch (error) {
      appLog.error("Cannot save the routes in %s: %s", this.#path, error);
    }
  }
}
