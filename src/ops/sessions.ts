/**
 * Sessions: what a site remembers of a visitor between requests. Tornado has no counterpart.
 *
 * The setting `sessions` takes {@linkcode CookieSessions}, which keep little and need nothing, or
 * {@linkcode ServerSessions}, which can be revoked. Handlers then have `this.session`, with values of the type that
 * their `newSession` returns. The page "Sessions" tells what they protect against.
 *
 * @example A login
 * ```ts
 * import { MemorySessionStore, ServerSessions } from "@twister/twister/sessions";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Login extends RequestHandler {
 *   override post(): void {
 *     this.session.logIn(this.getBodyArgument("user"));
 *     this.session.flash("info", "Welcome back");
 *     this.redirect("/");
 *   }
 * }
 *
 * class Home extends RequestHandler {
 *   override get(): void {
 *     const [flash] = this.session.takeFlashes();
 *     this.write(`${this.session.user}: ${flash?.text ?? "nothing new"}`);
 *   }
 * }
 *
 * const sessions = new ServerSessions({ store: new MemorySessionStore(), secure: false });
 * await using client = new TestClient(new Application([["/login", Login], ["/", Home]], { sessions }));
 * assertEquals((await client.post("/login", { form: { user: "ann" } })).text, "ann: Welcome back");
 * assertEquals((await client.get("/")).text, "ann: nothing new");
 * ```
 *
 * @module
 */
export { CookieSessions, type CookieSessionsOptions } from "./_sessions/cookie_sessions.ts";
export { MemorySessionStore, type MemorySessionStoreOptions } from "./_sessions/memory_store.ts";
export { ServerSessions, type ServerSessionsOptions } from "./_sessions/server_sessions.ts";
export type { SessionCookieOptions } from "./_sessions/session_cookie.ts";
export type { SessionStore, StoredSession } from "./_sessions/session_store.ts";
