// A page behind a login: a signed cookie, a template, a form with an XSRF token.
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { argument } from "../support.ts";

const entries = Array.from({ length: 20 }, (_, id) => ({
  id,
  title: `Entry ${id}: fish & chips`,
  text: id % 3 === 0 ? "" : 'The quick brown fox jumps over the "lazy" dog. '.repeat(3),
}));

class Page extends RequestHandler {
  override getCurrentUser(): string {
    const user = this.getSignedCookie("user");
    return user === null ? "" : new TextDecoder().decode(user);
  }
  override get(): void {
    if (!this.currentUser) this.setSignedCookie("user", "ada");
    this.render("page.html", { title: "Entries", entries });
  }
}

const app = new Application([["/", Page]], {
  cookieSecret: "an example of a secret, 44 characters long..",
  xsrfCookies: true,
  templatePath: new URL("page", import.meta.url).pathname,
});
const address = "127.0.0.1";
const server = argument("engine", "listen") === "serve"
  ? app.listen(0, { engine: "serve", address })
  : app.listen(0, { address });
console.log(`listening ${server.port}`);
