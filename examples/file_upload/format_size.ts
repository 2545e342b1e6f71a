/** A size as people read it. */
export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4);
  const number = (bytes / 1024 ** power).toLocaleString("en", {
    roundingPriority: "morePrecision",
    maximumSignificantDigits: 3,
    maximumFractionDigits: 0,
  });
  return `${number} ${["bytes", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
