/** A directory that is removed with everything in it: `using dir = new TempDir()`. */
export class TempDir implements Disposable {
  readonly path: string = Deno.realPathSync(Deno.makeTempDirSync());

  /**
   * Writes a file, and the directories above it.
   *
   * @param options How many seconds ago its content seems to have been changed; 100 unless said.
   * @returns Its absolute path.
   */
  write(name: string, content: string | Uint8Array, options: { age?: number } = {}): string {
    const { age = 100 } = options;
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    const time = Date.now() / 1000 - age;
    if (age > 0) Deno.utimeSync(path, time, time);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
