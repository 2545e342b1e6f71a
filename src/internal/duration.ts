/** A length of time, for arguments where a bare number would be ambiguous. */
export type Duration = Temporal.Duration | { readonly milliseconds: number };

export function isDuration(value: unknown): value is Duration {
  return isTemporalDuration(value) ||
    (typeof value === "object" && value !== null && "milliseconds" in value && typeof value.milliseconds === "number");
}

export function toMilliseconds(duration: Duration): number {
  // A Temporal.Duration has `milliseconds` too, but there they are the part below a second only.
  return isTemporalDuration(duration) ? duration.total("milliseconds") : duration.milliseconds;
}

/**
 * Checks a time that an application gives in seconds; `null` is for those that can be left out.
 *
 * @throws {TypeError} If it is not a number, or is `NaN`: a timer would run immediately, or never.
 */
export function checkSeconds(name: string, seconds: unknown): void {
  if (seconds === null || (typeof seconds === "number" && !Number.isNaN(seconds))) return;
  throw new TypeError(`Unsupported ${name}, not a number of seconds: ${Deno.inspect(seconds)}`);
}

function isTemporalDuration(value: unknown): value is Temporal.Duration {
  return typeof Temporal === "object" && value instanceof Temporal.Duration;
}
