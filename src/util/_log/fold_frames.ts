const OWN_PATH = "/util/_log/fold_frames.ts";

/** Where the modules of Twister are; `null` in a bundle, where the application's code is in the same file. */
const ROOT = import.meta.url.endsWith(`/src${OWN_PATH}`) ? import.meta.url.slice(0, 1 - OWN_PATH.length) : null;

const FRAME = /^\s+at /;
/** A frame of Deno or of its Node layer. */
const RUNTIME = /[ (](?:ext|node):/;

/**
 * Replaces each run of frames of Twister in the text of an error by a line that counts them: who reads a log looks for
 * the application's. An error without a frame of the application keeps them all.
 */
export function foldFrames(text: string): string {
  const lines = text.split("\n");
  if (!lines.some((line) => FRAME.test(line) && !isOwn(line) && !RUNTIME.test(line))) return text;
  const kept: string[] = [];
  let folded = 0;
  for (let i = 0; i < lines.length; i++) {
    if (!isOwn(lines[i])) {
      kept.push(lines[i]);
      continue;
    }
    folded++;
    if (i + 1 < lines.length && isOwn(lines[i + 1])) continue;
    const indent = /^\s*/.exec(lines[i])?.[0] ?? "";
    kept.push(`${indent}... ${folded} ${folded === 1 ? "frame" : "frames"} of Twister`);
    folded = 0;
  }
  return kept.join("\n");
}

function isOwn(line: string): boolean {
  return ROOT !== null && FRAME.test(line) && line.includes(ROOT);
}
