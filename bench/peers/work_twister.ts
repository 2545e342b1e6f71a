// What small applications do with a request, on the engine that --engine names.
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { argument } from "../support.ts";

class Hello extends RequestHandler {
  override get(): void {
    this.write(JSON.stringify({ id: "7", query: "twister" }));
  }
}

class Item extends RequestHandler {
  override get(id: string): void {
    this.write({ id, query: this.getArgument("query") });
  }
}

interface Note {
  readonly name: string;
  readonly note: string;
}

function isNote(value: unknown): value is Note {
  return typeof value === "object" && value !== null && "name" in value && "note" in value &&
    typeof value.note === "string";
}

class Json extends RequestHandler {
  override post(): void {
    const note = this.getBodyJson();
    if (!isNote(note)) return this.sendError(400);
    this.write({ name: note.name, length: note.note.length });
  }
}

class Form extends RequestHandler {
  override post(): void {
    this.write({ name: this.getBodyArgument("name"), length: this.getBodyArgument("note").length });
  }
}

class User extends RequestHandler {
  override get(): void {
    const user = this.getSignedCookie("user");
    if (user === null) this.setSignedCookie("user", "ada");
    this.write({ user: user === null ? null : new TextDecoder().decode(user) });
  }
}

const app = new Application([
  ["/", Hello],
  ["/item/([0-9]+)", Item],
  ["/json", Json],
  ["/form", Form],
  ["/user", User],
], { cookieSecret: "an example of a secret, 44 characters long.." });
const address = "127.0.0.1";
const server = argument("engine", "listen") === "serve"
  ? app.listen(0, { engine: "serve", address })
  : app.listen(0, { address });
console.log(`listening ${server.port}`);
