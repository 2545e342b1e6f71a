/**
 * A certified provider of OpenID Connect, with pages for its users: `deno run -A oidc_provider.ts`. It prints its
 * issuer on a line, and ends with its standard input. Its clients may be at any port of localhost.
 *
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "npm:oidc-provider@9.13.3";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("There is no port");
const issuer = `http://127.0.0.1:${address.port}`;

const provider = new Provider(issuer, {
  clients: [
    // One is registered for each way to prove who a client is.
    client("basic", "client_secret_basic"),
    client("post", "client_secret_post"),
    { ...client("public", "none"), client_secret: undefined },
  ],
  claims: { email: ["email", "email_verified"] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_context: unknown, id: string) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true }),
  }),
  cookies: { keys: ["a key of the tests"] },
  pkce: { required: () => true },
});
provider.Client.prototype.redirectUriAllowed = (uri: string) => new URL(uri).hostname === "localhost";
server.on("request", provider.callback());
console.log(`issuer ${issuer}`);
for await (const _ of Deno.stdin.readable);
Deno.exit();

function client(id: string, method: string) {
  return {
    client_id: id,
    client_secret: "a secret / with & characters",
    redirect_uris: ["http://localhost/login"],
    token_endpoint_auth_method: method,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  };
}
