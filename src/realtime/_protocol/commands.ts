import { isPlainObject } from "../../internal/json_object.ts";
import { RealtimeDisconnect, RealtimeError } from "../errors.ts";

/** The commands that a client may send, each with an answer, but for `send`. */
const METHODS = [
  "connect",
  "subscribe",
  "unsubscribe",
  "publish",
  "presence",
  "presence_stats",
  "history",
  "rpc",
  "refresh",
  "sub_refresh",
  "send",
] as const;

/** The name of a command. */
export type Method = typeof METHODS[number];

/** A command of a client. */
export interface Command {
  /** The number that the answer has; 0 for a command without one. */
  readonly id: number;
  /** The name; `"pong"` for the answer to a ping, `null` for one that is not known. */
  readonly method: Method | "pong" | null;
  readonly params: Params;
}

/** Commands of one frame; a client that sends more does not speak the protocol. */
const MAX_COMMANDS = 1000;

/**
 * Parses the commands of a frame: JSON objects, one on each line.
 *
 * @throws {RealtimeDisconnect} If it is not a frame of commands.
 */
export function parseCommands(frame: string): Command[] {
  const commands: Command[] = [];
  for (const line of frame.split("\n", MAX_COMMANDS + 1)) {
    if (line.trim() === "") continue;
    if (commands.length === MAX_COMMANDS) throw new RealtimeDisconnect(3501);
    commands.push(parseCommand(line));
  }
  return commands;
}

function parseCommand(line: string): Command {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new RealtimeDisconnect(3501);
  }
  if (!isPlainObject(value)) throw new RealtimeDisconnect(3501);
  const { id = 0 } = value;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0) throw new RealtimeDisconnect(3501);
  const names = Object.keys(value).filter((name) => name !== "id");
  const [name] = names;
  if (name === undefined && id === 0) return { id, method: "pong", params: new Params({}) };
  if (name === undefined || names.length > 1) throw new RealtimeDisconnect(3501);
  const params = value[name];
  if (!isPlainObject(params)) throw new RealtimeDisconnect(3501);
  const method = METHODS.find((each) => each === name) ?? null;
  // Without a number there would be no way to answer.
  if (id === 0 && method !== "send") throw new RealtimeDisconnect(3501);
  return { id, method, params: new Params(params) };
}

/** The fields of a command, each of which may be missing or of the wrong type. */
export class Params {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  /** Any JSON; `undefined` if it is missing. */
  json(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  /**
   * A text; `""` if it is missing.
   *
   * @throws {RealtimeError} 107 if it is something else.
   */
  text(name: string): string {
    const value = this.json(name) ?? "";
    if (typeof value !== "string") throw new RealtimeError(107);
    return value;
  }

  /**
   * An integer; 0 if it is missing.
   *
   * @throws {RealtimeError} 107 if it is something else, or negative and not `-1`.
   */
  integer(name: string): number {
    const value = this.json(name) ?? 0;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < -1) throw new RealtimeError(107);
    return value;
  }

  /** Tells whether a flag is set. */
  flag(name: string): boolean {
    return this.json(name) === true;
  }

  /**
   * An object; `null` if it is missing.
   *
   * @throws {RealtimeError} 107 if it is something else.
   */
  object(name: string): Params | null {
    const value = this.json(name) ?? null;
    if (value === null) return null;
    if (!isPlainObject(value)) throw new RealtimeError(107);
    return new Params(value);
  }
}
