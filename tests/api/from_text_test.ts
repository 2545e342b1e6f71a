import { assertEquals } from "@std/assert";
import { booleanFromText, fileField, listOf, numberFromText, TypedHandler } from "../../src/api/mod.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { test } from "../support/test.ts";
import { integer, text } from "./schemas.ts";

test("numberFromText() and booleanFromText() alone take no value that JSON would send as null", () => {
  const number = numberFromText()["~standard"];
  for (const value of [7, -0.5]) assertEquals(number.validate(value), { value });
  for (const value of [NaN, Infinity, null, true]) {
    assertEquals(number.validate(value), { issues: [{ message: "Expected a number" }] });
  }
  assertEquals(number.validate(undefined), { issues: [{ message: "Required" }] });
  const boolean = booleanFromText()["~standard"];
  assertEquals(boolean.validate(false), { value: false });
  for (const value of [null, 0]) {
    assertEquals(boolean.validate(value), { issues: [{ message: "Expected true or false" }] });
  }
  assertEquals(boolean.validate(undefined), { issues: [{ message: "Required" }] });
});

class Album extends TypedHandler({
  post: { body: { multipart: { photos: listOf(fileField()), title: text } }, response: { 200: integer } },
}) {
  override post(): void {
    this.reply(200, this.args.body.photos.length);
  }
}

function part(name: string, content: string, filename?: string): string {
  const file = filename === undefined ? "" : `; filename="${filename}"`;
  return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
}

test("listOf() takes the files and the texts of a field, so that fileField() refuses a text among files", async (t) => {
  t.expectLog("tornado.access", /^422 POST/);
  t.expectLog("tornado.general", /^422 POST/);
  await using client = new TestClient(new Application([["/", Album]]));
  const send = (...parts: string[]) => {
    const headers = { "Content-Type": "multipart/form-data; boundary=b" };
    return client.post("/", { headers, body: `${parts.join("")}--b--\r\n` });
  };
  const title = part("title", "Here");
  const photo = part("photos", "png", "a.png");
  assertEquals((await send(title, photo, part("photos", ""), photo)).json(), 2);
  assertEquals((await send(photo, part("photos", "text"), title)).json(), {
    type: "about:blank",
    title: "Unprocessable Entity",
    status: 422,
    errors: [{ in: "body", pointer: "#/photos/1", detail: "Expected a file" }],
  });
  // A field with one value has the file.
  assertEquals((await send(photo, part("title", "a.txt", "a"), part("title", "Here"))).code, 422);
});
