import { isThenable } from "../internal/promises.ts";
import { stateOf } from "./_request_handler/private_parts.ts";
import type { Application } from "./application.ts";
import type { RequestHandler } from "./request_handler.ts";

/**
 * Takes part in every request that a handler of an application answers. The settings `cors`, `rateLimit`,
 * `securityHeaders` and `sessions` take one each; the modules of the same names make them.
 *
 * @example A guard that lets nobody in on Sundays
 * ```ts
 * import { type HandlerGuard, HTTPError } from "@twister/twister/web";
 * import { assertThrows } from "@std/assert";
 *
 * const isSunday = () => true;
 * const guard: HandlerGuard = {
 *   enter() {
 *     if (isSunday()) throw new HTTPError(503);
 *   },
 * };
 * assertThrows(() => guard.enter?.(null!), HTTPError);
 * ```
 */
export interface HandlerGuard {
  /** Sets headers of a response that begins, also of an error page. Called before `setDefaultHeaders`. */
  setHeaders?(handler: RequestHandler): void;
  /**
   * Called before `prepare`, and before the checks against other sites. It may throw an `HTTPError`, or finish the
   * response; in both cases the handler is not called.
   *
   * @returns A promise that the handler waits for, or nothing.
   */
  enter?(handler: RequestHandler): void | Promise<void>;
  /** Called before the head of the response is sent: the last moment for headers and cookies. */
  beforeHead?(handler: RequestHandler): void;
  /**
   * Called when the handler has finished.
   *
   * @returns A promise that the end of the response waits for, or nothing. If it rejects, and the head was not sent, an
   * error page takes the place of the response.
   */
  beforeEnd?(handler: RequestHandler): void | Promise<void>;
}

/** Returns the parts of the settings of an application that take part in every request, in order. */
export let guardsOf: (application: Application) => readonly HandlerGuard[];

/** Called once, by the class whose field they are. It loads this file, which must not load it in turn. */
export function shareGuards(guards: typeof guardsOf): void {
  guardsOf = guards;
}

/** Calls `setHeaders` of all guards. */
export function setGuardHeaders(handler: RequestHandler): void {
  const guards = guardsOf(handler.application);
  for (let i = 0; i < guards.length; i++) guards[i]?.setHeaders?.(handler);
}

/** Calls `enter` of all guards, one after another, and then `next`, unless one of them has finished the response. */
export function passGuards(
  handler: RequestHandler,
  next: () => unknown,
  guards: readonly HandlerGuard[] = guardsOf(handler.application),
): unknown {
  for (let i = 0; i < guards.length; i++) {
    const held = guards[i]?.enter?.(handler);
    if (stateOf(handler).finished) return;
    if (isThenable(held)) {
      const rest = guards.slice(i + 1);
      return held.then(() => stateOf(handler).finished ? undefined : passGuards(handler, next, rest));
    }
  }
  return next();
}

/** Calls `beforeEnd` of all guards; returns a promise if one of them does. */
export function holdEnd(handler: RequestHandler): Promise<void> | undefined {
  let holds: Promise<void>[] | null = null;
  for (const guard of guardsOf(handler.application)) {
    const held = guard.beforeEnd?.(handler);
    if (held !== undefined) (holds ??= []).push(held);
  }
  return holds === null ? undefined : Promise.all(holds).then(() => {});
}
