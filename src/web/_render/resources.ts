/** A text that is equal for equal resources, in whatever order they are named. */
export function resourceKey(resources: object): string {
  return JSON.stringify(Object.entries(resources).sort(([a], [b]) => a < b ? -1 : 1));
}
