// What pages and server say to each other, as JSON, and what of it is allowed.
import type { Message, Missed, RoomEntry } from "./rooms.ts";

/** The most characters of a name: what fits beside a picture. */
export const MAX_NAME = 24;
/** The most characters of a room's name. */
export const MAX_ROOM_NAME = 24;
/** The most characters of a message, as `String.length` counts them. */
export const MAX_TEXT = 2000;
/** The most bytes of a WebSocket message: JSON may write each character of a text in six. */
export const MAX_MESSAGE_BYTES: number = 6 * MAX_TEXT + 1024;

/** Somebody says something. */
export interface Say {
  readonly type: "say";
  readonly key: string;
  readonly text: string;
}

/** Somebody is about to. */
export interface Typing {
  readonly type: "typing";
}

/** Begins every connection: all there is to know, and what was missed since the place that the page asked for. */
export interface Welcome extends Missed {
  readonly type: "welcome";
  /** The name that the server knows the page by; `null` for somebody who only reads. */
  readonly you: string | null;
  readonly people: readonly string[];
  readonly rooms: readonly RoomEntry[];
}

/** Answers what cannot be done. */
export interface Refused {
  readonly type: "refused";
  /** The message it is about, if it had a key. */
  readonly key: string | null;
  readonly reason: string;
}

/** What a page sends. */
export type FromPage = Say | Typing;

/** What a page gets. */
export type ToPage =
  | Welcome
  | Refused
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "said"; readonly key: string }
  | { readonly type: "joined"; readonly name: string }
  | { readonly type: "left"; readonly name: string }
  | { readonly type: "typing"; readonly name: string }
  | { readonly type: "room"; readonly room: RoomEntry };

/** Letters, digits, signs and emoji of any script, with their joiners, but no controls, which could turn a line. */
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Emoji_Component}\u200c ]+$/v;
const KEY = /^[\w-]{8,40}$/;

/** The name as it is shown, or `null` if it is none. */
export function cleanName(text: string): string | null {
  const name = text.normalize("NFC").replaceAll(/\s+/g, " ").trim();
  return NAME.test(name) && /[\p{L}\p{N}\p{S}]/v.test(name) && [...name].length <= MAX_NAME ? name : null;
}

/** The name of a room as its address has it, such as `tea-time` of "Tea time!", or `null` if nothing is left. */
export function cleanRoomName(text: string): string | null {
  const words = text.normalize("NFKC").toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const name = [...words.join("-")].slice(0, MAX_ROOM_NAME).join("").replace(/-$/, "");
  return name === "" ? null : name;
}

/** What a page sent, or why it is no message of ours. */
export function readMessage(data: string): FromPage | Refused {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return refuse(null, "A message must be JSON");
  }
  const { type, key, text }: { type?: unknown; key?: unknown; text?: unknown } = Object(value);
  if (type === "typing") return { type };
  if (type !== "say") return refuse(null, "A message must have the type say or typing");
  if (typeof key !== "string" || !KEY.test(key)) return refuse(null, "The key must be 8 to 40 letters, digits, - or _");
  if (typeof text !== "string") return refuse(key, "The text must be a string");
  const clean = text.toWellFormed().replaceAll(/\r\n?/g, "\n").trim();
  if (clean === "") return refuse(key, "The text is empty");
  if (clean.length > MAX_TEXT) return refuse(key, `The text has ${clean.length} characters, ${MAX_TEXT} are allowed`);
  return { type, key, text: clean };
}

function refuse(key: string | null, reason: string): Refused {
  return { type: "refused", key, reason };
}
