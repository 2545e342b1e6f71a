import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";

/** Runs a close callback in a later turn, after the reactions of the promises that the close has settled. */
export function runLater(callback: () => void): void {
  setTimeout(() => {
    try {
      callback();
    } catch (error) {
      genLog.error("Uncaught exception in close callback", toError(error));
    }
  }, 0);
}
