// What the tables of faults have in common: rows, and the test of one.
import { assert, assertEquals } from "@std/assert";
import { type Faults, IdentityProvider, type Json } from "../support/identity_provider.ts";
import { test } from "../support/test.ts";
import { attempts, expectRefusal, LoginSite } from "./_site.ts";

/** A login that must be refused. */
export interface Row {
  /** What is wrong. */
  readonly name: string;
  /** A part of the log line. */
  readonly reason: RegExp;
  readonly faults?: Faults;
  /** Changes the answer that the browser carries back. */
  readonly answer?: (query: URLSearchParams, site: LoginSite) => void | Promise<void>;
  /** Changes the provider before the login is answered. */
  readonly before?: (provider: IdentityProvider) => void | Promise<void>;
}

/** A fault in one claim; `undefined` removes it. */
export function claim(name: string, value: unknown | ((claims: Json) => unknown)): Faults {
  return {
    claims: (claims) => {
      const { [name]: _old, ...others } = claims;
      const changed = typeof value === "function" ? value(claims) : value;
      return changed === undefined ? others : { ...others, [name]: changed };
    },
  };
}

/** Answers in place of one endpoint. */
export function answers(path: string, answer: NonNullable<Faults["answer"]>): Faults {
  return { answer: (handler, asked) => asked === path ? answer(handler, asked) : null };
}

/** Answers in place of one endpoint with a status and a body. */
export function status(path: string, code: number, body = "{}", type = "application/json"): Faults {
  return answers(path, (handler) => {
    handler.setStatus(code);
    handler.setHeader("Content-Type", type);
    return body;
  });
}

/**
 * Registers the tests of a row, one for each engine: 403, no user, no cookie that is left over, one line in the log,
 * and nothing secret in it.
 */
export function refusalTest({ name, reason, faults = {}, answer, before }: Row): void {
  for (const engine of ["listen", "serve"] as const) {
    test(`OpenIDConnectMixin (${engine}): refuses ${name}`, async (t) => {
      await using provider = await IdentityProvider.start();
      await using site = new LoginSite(provider, { engine });
      provider.faults = faults;
      await before?.(provider);
      const query = await site.begin("/inside");
      await answer?.(query, site);
      const response = await site.answer(query);
      assertEquals(response.code, 403);
      assertEquals(response.text, "<html><title>403: Forbidden</title><body>403: Forbidden</body></html>");
      assertEquals(site.logins, []);
      assertEquals(attempts(site.browser), []);
      assertEquals(site.browser.cookies.get("user"), null);
      expectRefusal(t, reason);
      const lines = t.logs.map((record) => record.getMessage());
      assertEquals(lines.filter((line) => line.includes("Login refused")).length, 1);
      for (const secret of [...provider.secrets, query.get("code") || "none"]) {
        assert(!lines.join("\n").includes(secret), lines.join("\n"));
      }
    });
  }
}
