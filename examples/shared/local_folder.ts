/**
 * Returns the folder with the files of a program on this machine, for settings such as `templatePath`: the one in which
 * they are, or, if the program was loaded by URL, a temporary copy of it.
 *
 * @param meta The `import.meta` of a module beside the files.
 * @param names The files, as paths from that module.
 */
export async function localFolder(meta: ImportMeta, names: readonly string[]): Promise<string> {
  if (meta.dirname !== undefined) return meta.dirname;
  const folder = await Deno.makeTempDir();
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await Promise.all(names.map(async (name) => {
    const response = await fetch(meta.resolve(`./${name}`));
    if (!response.ok) throw new Error(`Cannot get ${response.url}: the answer is ${response.status}`);
    await Deno.mkdir(`${folder}/${name.slice(0, name.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeFile(`${folder}/${name}`, await response.bytes());
  }));
  return folder;
}
