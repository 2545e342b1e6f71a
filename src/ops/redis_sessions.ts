/**
 * A store in Redis or Valkey for the sessions of several processes. The npm package `@redis/client` is loaded with the
 * first command.
 *
 * @module
 */
import { isPlainObject, parseJson } from "../internal/json_object.ts";
import type { RedisCommands } from "./_redis/connection.ts";
import { type GuardedRedis, redisOf } from "./_redis/guarded_redis.ts";
import { isFlash } from "./_sessions/cookie_sessions.ts";
import type { SessionStore, StoredSession } from "./_sessions/session_store.ts";

export type { SessionStore, StoredSession } from "./_sessions/session_store.ts";
export type { RedisCommands } from "./_redis/connection.ts";

/**
 * Writes a record if the version that is there is the one before. KEYS: the record, the keys of its user; ARGV: the
 * version, the record, its milliseconds, and the user or nothing.
 */
const WRITE = `
local known = redis.call('HGET', KEYS[1], 'v') or '0'
if tonumber(known) ~= tonumber(ARGV[1]) - 1 then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if ARGV[4] ~= '' then
  redis.call('SADD', KEYS[2], KEYS[1])
  local left = redis.call('PTTL', KEYS[2])
  if left < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
end
return 1`;

/** Ten years: Redis takes no time without an end. */
const MAX_SECONDS = 315_360_000;

/** Forgets a record, also among the keys of its user. KEYS: the record; ARGV: the beginning of the keys of users. */
const DELETE = `
local text = redis.call('HGET', KEYS[1], 'd')
local known, record = pcall(cjson.decode, text or '')
if known and type(record) == 'table' and type(record.user) == 'string' then
  redis.call('SREM', ARGV[1] .. record.user, KEYS[1])
end
return redis.call('DEL', KEYS[1])`;

/**
 * Forgets all records of a user, in one step: a login between two would have a session that no revocation finds. KEYS:
 * the keys of the user.
 */
const DELETE_USER = `
local count = 0
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do count = count + redis.call('DEL', key) end
redis.call('DEL', KEYS[1])
return count`;

/** Options of {@linkcode RedisSessionStore}. */
export interface RedisSessionStoreOptions {
  /** The address, such as `redis://127.0.0.1:6379`, or a client such as that of npm's `redis`. */
  redis: string | RedisCommands;
  /**
   * The beginning of all keys.
   *
   * @default {"twister:session:"}
   */
  prefix?: string;
}

/**
 * Keeps sessions in Redis or Valkey, for programs of several processes. Each record expires there by itself.
 *
 * @example
 * ```ts ignore
 * import { ServerSessions } from "@twister/twister/sessions";
 * import { RedisSessionStore } from "@twister/twister/sessions/redis";
 *
 * const sessions = new ServerSessions({ store: new RedisSessionStore({ redis: "redis://10.0.0.5:6379" }) });
 * ```
 */
export class RedisSessionStore implements SessionStore, AsyncDisposable {
  readonly #redis: GuardedRedis;
  readonly #prefix: string;

  /** Makes a store; the first request connects it. */
  constructor(options: RedisSessionStoreOptions) {
    this.#redis = redisOf(options.redis);
    this.#prefix = options.prefix ?? "twister:session:";
  }

  /** Returns a record, or `null` if there is none. */
  async read(key: string): Promise<StoredSession | null> {
    const answer = await this.#redis.sendCommand(["HMGET", this.#prefix + key, "v", "d"]);
    if (!Array.isArray(answer)) return null;
    const [version, text]: unknown[] = answer;
    return typeof text === "string" ? parse(text, Number(version)) : null;
  }

  /** Writes a record if the one that is there has the version before it. */
  async write(key: string, session: StoredSession, seconds: number): Promise<boolean> {
    const { version, user } = session;
    const keys = [this.#prefix + key, this.#userKey(user ?? "")];
    const args = [
      String(version),
      JSON.stringify(session),
      String(Math.ceil(Math.min(seconds, MAX_SECONDS) * 1000)),
      user ?? "",
    ];
    return Number(await this.#redis.sendCommand(["EVAL", WRITE, "2", ...keys, ...args])) === 1;
  }

  /** Forgets a record. */
  async delete(key: string): Promise<void> {
    await this.#redis.sendCommand(["EVAL", DELETE, "1", this.#prefix + key, this.#userKey("")]);
  }

  /** Forgets all records of a user. */
  async deleteUser(user: string): Promise<number> {
    return Number(await this.#redis.sendCommand(["EVAL", DELETE_USER, "1", this.#userKey(user)]));
  }

  /** Ends the connection, if the store has made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#redis.close();
  }

  #userKey(user: string): string {
    return `${this.#prefix}user:${user}`;
  }
}

/** Returns `null` for a record of another form, as another version of the program may have written it. */
function parse(text: string, version: number): StoredSession | null {
  const record = parseJson(text);
  if (!isPlainObject(record)) return null;
  const { data, user, flashes, created, seen } = record;
  if (
    typeof data !== "string" || !isPlainObject(parseJson(data)) || typeof created !== "number" ||
    typeof seen !== "number"
  ) return null;
  return {
    data,
    user: typeof user === "string" ? user : null,
    flashes: Array.isArray(flashes) ? flashes.filter(isFlash) : [],
    created,
    seen,
    version,
  };
}
