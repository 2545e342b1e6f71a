// As many rules as --routes says, of which 3 in 10 are patterns; the last of either kind is asked for.
import { Application, RequestHandler, type RuleTuple } from "../../src/web/mod.ts";
import { numberArgument } from "../support.ts";

class Hello extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

const rules = Array.from(
  { length: numberArgument("routes", 10) },
  (_, i): RuleTuple => [i % 10 < 3 ? `/section${i}/([0-9]+)` : `/section${i}/page`, Hello],
);
const app = new Application([...rules, ["/last/([0-9]+)", Hello]]);
console.log(`listening ${app.listen(0, { address: "127.0.0.1" }).port}`);
