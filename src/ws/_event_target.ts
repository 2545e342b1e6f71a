import { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import { toError } from "../internal/promises.ts";
import {
  type AddEventListenerOptions,
  CloseEvent,
  ErrorEvent,
  Event,
  type EventListener,
  MessageEvent,
  type WebSocketEventMap,
} from "./events.ts";

/** An emitter of WebSocket events. */
export interface Target extends EventEmitter {
  /** `true` if both Close frames were sent. */
  readonly closedCleanly: boolean;
}

type Name = keyof WebSocketEventMap;
type AnyListener = EventListener<never>;

/** What stands behind a listener of the emitter, and whether it is that of an `on` property. */
const origins = new WeakMap<object, { readonly listener: AnyListener; readonly property: boolean }>();

/** Adds a listener as a page does; adding it again has no effect, as there. */
export function addListener(
  target: Target,
  name: string,
  listener: AnyListener,
  options: AddEventListenerOptions,
  property: boolean,
): void {
  if (!isName(name) || (!property && find(target, name, listener) !== null)) return;
  const emitted = wrap(target, name, (event) => {
    // The map of events says what comes with the name; the compiler does not follow.
    const known = event as never;
    if (typeof listener === "function") listener.call(target, known);
    else listener.handleEvent(known);
  });
  origins.set(emitted, { listener, property });
  if (options.once === true) target.once(name, emitted);
  else target.on(name, emitted);
}

export function removeListener(target: Target, name: string, listener: AnyListener): void {
  const emitted = find(target, name, listener);
  if (emitted !== null) target.removeListener(name, emitted);
}

/** The listener of an `on` property, or `null`. */
export function getProperty<Listener>(target: Target, name: Name): Listener | null {
  for (const emitted of target.listeners(name)) {
    const origin = origins.get(emitted);
    // What comes back is what was set there.
    if (origin?.property === true) return origin.listener as Listener;
  }
  return null;
}

/** Sets the listener of an `on` property; `null` removes it. */
export function setProperty(target: Target, name: Name, listener: AnyListener | null): void {
  for (const emitted of listenersOf(target, name)) {
    if (origins.get(emitted)?.property === true) target.removeListener(name, emitted);
  }
  if (typeof listener === "function") addListener(target, name, listener, {}, true);
}

type Emitted = (...args: unknown[]) => void;

function listenersOf(target: Target, name: string): Emitted[] {
  // An emitter has functions only, of whatever parameters.
  return target.listeners(name) as Emitted[];
}

function find(target: Target, name: string, listener: AnyListener): Emitted | null {
  return listenersOf(target, name).find((emitted) => {
    const origin = origins.get(emitted);
    return origin !== undefined && !origin.property && origin.listener === listener;
  }) ?? null;
}

function isName(name: string): name is Name {
  return name === "open" || name === "message" || name === "close" || name === "error";
}

function wrap(target: Target, name: Name, call: (event: Event) => void): Emitted {
  switch (name) {
    case "open":
      return () => call(new Event("open", target));
    case "message":
      return (data, isBinary) =>
        call(
          new MessageEvent(
            "message",
            { data: isBinary === false && Buffer.isBuffer(data) ? data.toString() : data },
            target,
          ),
        );
    case "close":
      return (code, reason) =>
        call(
          new CloseEvent(
            "close",
            { code: Number(code), reason: String(reason), wasClean: target.closedCleanly },
            target,
          ),
        );
    case "error":
      return (cause) => {
        const error = toError(cause);
        call(new ErrorEvent("error", { error, message: error.message }, target));
      };
  }
}
