import { AuthError } from "./auth_error.ts";
import type { ProviderFetch } from "./_provider_fetch.ts";

/**
 * Asks the API of a provider of OAuth 2 about the user, and returns its JSON.
 *
 * @throws {AuthError} If the status is not 200, or the body is not JSON.
 */
export async function askApi(fetch: ProviderFetch, url: string, accessToken: string): Promise<unknown> {
  const headers = { accept: "application/json", authorization: `Bearer ${accessToken}` };
  const response = await fetch(url, { method: "GET", headers });
  if (response.status !== 200) throw new AuthError(`the provider answers ${response.status} to who the user is`);
  try {
    return await response.json();
  } catch {
    throw new AuthError("the provider does not say in JSON who the user is");
  }
}
