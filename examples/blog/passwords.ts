// Passwords as the database keeps them: scrypt with a salt of its own for each.
import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const SALT_BYTES = 16;
const HASH_BYTES = 32;

function derive(password: string, salt: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  // Node's default cost, which takes some 50 ms on a thread of the pool: the loop goes on.
  scrypt(password.normalize("NFC"), salt, HASH_BYTES, (error, key) => error === null ? resolve(key) : reject(error));
  return promise;
}

/** The salt and the hash of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `${salt.toString("hex")}$${Buffer.from(await derive(password, salt)).toString("hex")}`;
}

// For who has no account: it takes as long to find that out as to find the password wrong.
const NOBODY = `${"0".repeat(SALT_BYTES * 2)}$${"0".repeat(HASH_BYTES * 2)}`;

/** Whether a password is that of the hash; `null` has none. */
export async function checkPassword(password: string, kept: string | null): Promise<boolean> {
  const [salt = "", hash = ""] = (kept ?? NOBODY).split("$");
  const equal = timingSafeEqual(await derive(password, Buffer.from(salt, "hex")), Buffer.from(hash, "hex"));
  return equal && kept !== null;
}
