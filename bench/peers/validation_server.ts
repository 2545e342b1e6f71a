// A POST of JSON that answers with one number: by a plain handler, or by typed ones with the schemas of a validator.
import { Application } from "../../src/web/mod.ts";
import { handlers } from "./validation_handlers.ts";

const rules = Array.from(handlers, ([name, handler]) => [`/${name.replaceAll(" ", "-")}`, handler] as const);
const app = new Application(rules);
console.log(`listening ${app.listen(0, { address: "127.0.0.1" }).port}`);
