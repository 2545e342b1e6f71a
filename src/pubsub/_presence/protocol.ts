import { isTexts } from "../../internal/json_object.ts";

/** A member of a topic. */
export interface PresenceMember {
  /** Names the membership among those of all processes. */
  readonly id: string;
  /** The JSON value that the member joined with. */
  readonly info: unknown;
  /** When it joined, in milliseconds since 1970, by the clock of its process. */
  readonly since: number;
}

/**
 * The messages between the processes. `change` goes to those who follow a topic, all others to everyone.
 *
 * The changes of one process on one topic are numbered by `version`: a process that misses one asks for the whole.
 */
export type PresenceMessage =
  /** A process is alive; with `hello` it has just begun, and asks the others to say so too. */
  | { readonly kind: "beat"; readonly from: string; readonly hello: boolean }
  | { readonly kind: "bye"; readonly from: string }
  | { readonly kind: "ask"; readonly from: string; readonly id: number; readonly topics: readonly string[] }
  /** Members of one topic; those of a large one come in several parts, of which the last one has no `more`. */
  | {
    readonly kind: "have";
    readonly from: string;
    readonly topic: string;
    readonly version: number;
    readonly members: readonly PresenceMember[];
    readonly more: boolean;
  }
  /** The topics of a question that have members have been told; the others have none. */
  | {
    readonly kind: "answered";
    readonly from: string;
    readonly to: string;
    readonly id: number;
    readonly topics: string[];
  }
  | {
    readonly kind: "change";
    readonly from: string;
    readonly topic: string;
    readonly version: number;
    readonly joined: readonly PresenceMember[];
    readonly left: readonly string[];
  };

/** Returns what a message says, or `null` if it says nothing that this version knows. */
export function parsePresence(text: string): PresenceMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  const kind = fields.get("kind");
  const from = fields.get("from");
  if (typeof from !== "string") return null;
  if (kind === "bye") return { kind, from };
  if (kind === "beat") return { kind, from, hello: fields.get("hello") === true };
  const id = fields.get("id");
  if (kind === "ask" && isCount(id)) {
    const topics = fields.get("topics");
    return isTexts(topics) ? { kind, from, id, topics } : null;
  }
  const to = fields.get("to");
  if (kind === "answered" && isCount(id) && typeof to === "string") {
    const topics = fields.get("topics");
    return isTexts(topics) ? { kind, from, to, id, topics } : null;
  }
  const topic = fields.get("topic");
  const version = fields.get("version");
  if (typeof topic !== "string" || !isCount(version)) return null;
  const members = fields.get("members");
  if (kind === "have" && isMembers(members)) {
    return { kind, from, topic, version, members, more: fields.get("more") === true };
  }
  const joined = fields.get("joined");
  const left = fields.get("left");
  if (kind !== "change" || !isMembers(joined) || !isTexts(left)) return null;
  return { kind, from, topic, version, joined, left };
}

function isMembers(value: unknown): value is PresenceMember[] {
  return Array.isArray(value) &&
    value.every((item) =>
      typeof item === "object" && item !== null && "id" in item && typeof item.id === "string" && "info" in item &&
      "since" in item && Number.isFinite(item.since)
    );
}

/** A version beyond all others, such as the Infinity that 1e400 is, would keep every change after it out. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
