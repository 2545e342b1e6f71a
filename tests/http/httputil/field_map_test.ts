import { assertEquals } from "@std/assert";
import { FieldMap, joinedOf } from "../../../src/http/_httputil/field_map.ts";
import { Random } from "../../support/random.ts";
import { test } from "../../support/test.ts";

/** The fields once more, as plainly as can be. */
class PlainFields {
  #fields: [name: string, values: string[]][] = [];

  #find(name: string): [string, string[]] | undefined {
    return this.#fields.find(([known]) => known === name);
  }

  put(name: string, value: string): void {
    const field = this.#find(name);
    if (field === undefined) this.#fields.push([name, [value]]);
    else field[1] = [value];
  }

  append(name: string, value: string): void {
    const field = this.#find(name);
    if (field === undefined) this.#fields.push([name, [value]]);
    else field[1].push(value);
  }

  extend(name: string, part: string): boolean {
    const values = this.#find(name)?.[1];
    if (values === undefined) return false;
    values.push(values.pop() + part);
    return true;
  }

  delete(name: string): boolean {
    const before = this.#fields.length;
    this.#fields = this.#fields.filter(([known]) => known !== name);
    return this.#fields.length < before;
  }

  get(name: string): string | undefined {
    return this.#find(name)?.[1].join(name === "Cookie" ? "; " : ",");
  }

  get size(): number {
    return this.#fields.length;
  }

  serialize(): string {
    return this.#fields.flatMap(([name, values]) => values.map((value) => `${name}: ${value}\r\n`)).join("");
  }
}

test("FieldMap does what a plain list would: with few names and many, sealed and copied", () => {
  const random = new Random(43);
  for (let round = 0; round < 150; round++) {
    // Some have more names than are compared one by one.
    const most = random.pick([3, 8, 40]);
    const names = ["Cookie", "Server", ...Array.from({ length: most }, (_, i) => `X-${i}`)];
    let fields = new FieldMap();
    const plain = new PlainFields();
    for (let step = 0; step < 3 * most; step++) {
      const name = random.pick(names);
      const value = String(step);
      switch (random.below(9)) {
        case 0:
          fields.seal();
          break;
        case 1:
          fields = fields.copy();
          break;
        case 2:
          assertEquals(fields.delete(name), plain.delete(name));
          break;
        case 3:
          assertEquals(fields.extend(name, value), plain.extend(name, value));
          break;
        case 4:
        case 5:
          fields.put(name, value);
          plain.put(name, value);
          break;
        default:
          fields.append(name, value);
          plain.append(name, value);
      }
      const found = fields.get(name);
      assertEquals(found === undefined ? undefined : joinedOf(found), plain.get(name));
      assertEquals([fields.size, fields.serialize("\r\n")], [plain.size, plain.serialize()]);
    }
    let each = "";
    fields.forEach((name, value) => {
      each += `${name}: ${value}\r\n`;
    });
    assertEquals(each, plain.serialize());
  }
});
