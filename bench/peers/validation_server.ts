// A POST of JSON that answers with one number: by a plain handler, or by a typed one with the schemas of a validator.
import { Application } from "../../src/web/mod.ts";
import { handlerOf } from "./validation_handlers.ts";

const app = new Application([["/", handlerOf(Deno.args[0] ?? "")]]);
console.log(`listening ${app.listen(0, { address: "127.0.0.1" }).port}`);
