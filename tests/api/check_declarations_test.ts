import { assertThrows } from "@std/assert";
import { TypedHandler } from "../../src/api/mod.ts";
import { test } from "../support/test.ts";
import { text } from "./schemas.ts";

test("TypedHandler refuses events whose names clients would not get", () => {
  for (const name of ["", "a\n", "\r", "a\0"]) {
    const message = `Cannot declare get events[${JSON.stringify(name)}]: the name of an event is one line of text`;
    assertThrows(() => TypedHandler({ get: { events: { [name]: text }, response: {} } }), TypeError, message);
  }
  TypedHandler({ get: { events: { "a b": text, é: text }, response: {} } });
});
