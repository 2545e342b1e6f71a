// Counts the bytes of what is sent, answers as many as are asked for, and renders as many rows.
import { Template } from "../../src/template/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

const TABLE = new Template(
  "<table>{% for row in rows %}<tr><td>{{ row.name }}</td><td>{{ row.count }}</td></tr>{% end %}</table>",
);
const WORDS = ["plain", "R&D <b>", "it's"];
const allRows = Array.from({ length: 10_000 }, (_, i) => ({ name: WORDS[i % WORDS.length], count: i }));

class Sizes extends RequestHandler {
  override get(size: string): void {
    this.setHeader("Etag", '"none"');
    this.write("x".repeat(Number(size)));
  }
  override post(): void {
    this.write(String(this.request.body.length));
  }
}

class Rows extends RequestHandler {
  override get(count: string): void {
    this.setHeader("Etag", '"none"');
    this.write(TABLE.generate({ rows: allRows.slice(0, Number(count)) }));
  }
}

const app = new Application([["/([0-9]+)", Sizes], ["/rows/([0-9]+)", Rows]]);
console.log(`listening ${app.listen(0, { address: "127.0.0.1" }).port}`);
