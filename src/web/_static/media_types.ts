import { CODINGS, EXTENSIONS, SUFFIXES } from "./media_types_data.ts";

let types: Map<string, string> | null = null;

/** Made when the first file is served. */
function typesByExtension(): Map<string, string> {
  if (types !== null) return types;
  types = new Map();
  for (const [type, extensions] of Object.entries(EXTENSIONS)) {
    for (const extension of extensions.split(" ")) types.set(`.${extension}`, type);
  }
  return types;
}

/** The type of content that the name of a file stands for. */
export interface MediaType {
  /** The media type, `null` if it is unknown. */
  readonly type: string | null;
  /** The coding of the file, `null` for none. */
  readonly coding: string | null;
}

/** Guesses media type and coding from the name of a file, as Python's `mimetypes.guess_type`. */
export function guessType(path: string): MediaType {
  let [base, extension] = splitExtension(path);
  if (Object.hasOwn(SUFFIXES, extension)) [base, extension] = splitExtension(base + SUFFIXES[extension]);
  let coding: string | null = null;
  if (Object.hasOwn(CODINGS, extension)) {
    coding = CODINGS[extension];
    extension = splitExtension(base)[1];
  }
  const known = typesByExtension();
  return { type: known.get(extension) ?? known.get(extension.toLowerCase()) ?? null, coding };
}

/** Splits a name into stem and extension, the latter with its dot; a leading dot does not begin an extension. */
function splitExtension(path: string): [base: string, extension: string] {
  const start = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  const dot = path.lastIndexOf(".");
  let first = start;
  while (path[first] === ".") first++;
  return dot < first ? [path, ""] : [path.slice(0, dot), path.slice(dot)];
}

/** Returns the Content-Type of a file, byte for byte Tornado's: without a charset, and with the coding as the type. */
export function contentTypeOf(path: string): string {
  const { type, coding } = guessType(path);
  if (coding === "gzip") return "application/gzip";
  return coding === null ? type ?? "application/octet-stream" : "application/octet-stream";
}
