import { chooseCoding, type ContentCoding } from "../_transforms/accept_encoding.ts";

/** Whether files have compressed neighbours, or in which codings, in order of preference. */
export type Precompressed = boolean | readonly ContentCoding[];

const EXTENSIONS: Readonly<Record<ContentCoding, string>> = { br: ".br", zstd: ".zst", gzip: ".gz" };
/** By the size that the best compressor of each comes to. */
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

/**
 * The neighbour of a file that the client likes best, `null` if there is none that it likes.
 *
 * @param header The Accept-Encoding header.
 * @param exists Whether there is a file of that name to serve.
 */
export function neighbourOf(
  path: string,
  header: string,
  codings: readonly ContentCoding[],
  exists: (path: string) => boolean,
): Neighbour | null {
  // What the client does not want is not looked for.
  const wanted = codings.filter((coding) => chooseCoding(header, [coding]) !== null);
  const coding = chooseCoding(header, wanted.filter((coding) => exists(path + EXTENSIONS[coding])));
  return coding === null ? null : { coding, path: path + EXTENSIONS[coding] };
}
