// How long the processor works for a call, in microseconds: so many calls that the first, slow ones do not matter.
import process from "node:process";

const SAMPLE_MICROSECONDS = 300_000;

/** Of the process, so that neighbours on the machine do not count, while collecting garbage does. */
function worked() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** For calls whose results are there at once. */
export function timeOf(call) {
  for (let count = 1000;; count *= 2) {
    const start = worked();
    for (let i = 0; i < count; i++) call();
    const taken = worked() - start;
    if (taken > SAMPLE_MICROSECONDS) return taken / count;
  }
}

/** For calls that have to be awaited. */
export async function timeOfAwaited(call) {
  for (let count = 1000;; count *= 2) {
    const start = worked();
    for (let i = 0; i < count; i++) await call();
    const taken = worked() - start;
    if (taken > SAMPLE_MICROSECONDS) return taken / count;
  }
}

export const NAME = "user";
export const VALUE = '{"id":1234567,"name":"ada","role":"editor"}';
export const SECRET = "an example of a secret, 44 characters long..";
