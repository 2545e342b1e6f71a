/**
 * The callbacks of one signal behind a single listener. Deno looks through all listeners of a signal to add one, so
 * that the time of a listener for each of many callers grows with the square of their number.
 */
class AbortCallbacks implements EventListenerObject {
  readonly callbacks: Set<() => void> = new Set();

  handleEvent(): void {
    for (const callback of this.callbacks) callback();
  }
}

const callbacksOf: WeakMap<AbortSignal, AbortCallbacks> = new WeakMap();

/** Calls `callback` when the signal aborts, which it must not have done, unless the callback is removed before. */
export function addAbortCallback(signal: AbortSignal, callback: () => void): void {
  let listener = callbacksOf.get(signal);
  if (listener === undefined) {
    listener = new AbortCallbacks();
    callbacksOf.set(signal, listener);
  }
  // Without a callback there is no listener, since listeners keep what AbortSignal.any has made alive.
  if (listener.callbacks.size === 0) signal.addEventListener("abort", listener, { once: true });
  listener.callbacks.add(callback);
}

export function removeAbortCallback(signal: AbortSignal, callback: () => void): void {
  const listener = callbacksOf.get(signal);
  if (listener === undefined || !listener.callbacks.delete(callback)) return;
  if (listener.callbacks.size === 0) signal.removeEventListener("abort", listener);
}
