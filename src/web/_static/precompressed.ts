import { chooseCoding, type ContentCoding } from "../_transforms/accept_encoding.ts";

/** Turns compressed neighbours of files on or off, or lists their codings in order of preference. */
export type Precompressed = boolean | readonly ContentCoding[];

const EXTENSIONS: Readonly<Record<ContentCoding, string>> = { br: ".br", zstd: ".zst", gzip: ".gz" };
/** In order of the size that the best compressor of each reaches. */
const ALL: readonly ContentCoding[] = ["br", "zstd", "gzip"];
const NONE: readonly ContentCoding[] = [];

/** The codings that an option stands for. */
export function precompressedCodings(option: Precompressed): readonly ContentCoding[] {
  if (typeof option === "boolean") return option ? ALL : NONE;
  return option;
}

/** A compressed neighbour of a file. */
export interface Neighbour {
  readonly coding: ContentCoding;
  readonly path: string;
}

/** Chooses the neighbour of a file that the client prefers, of those that exist and may be served; `null` for none. */
export function neighbourOf(
  path: string,
  header: string,
  codings: readonly ContentCoding[],
  exists: (path: string) => boolean,
): Neighbour | null {
  // Codings that the client refuses are not looked for.
  const wanted = codings.filter((coding) => chooseCoding(header, [coding]) !== null);
  const coding = chooseCoding(header, wanted.filter((coding) => exists(path + EXTENSIONS[coding])));
  return coding === null ? null : { coding, path: path + EXTENSIONS[coding] };
}
