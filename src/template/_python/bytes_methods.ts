import { latin1Bytes, latin1Text } from "../../internal/utf8.ts";
import { defineMethods, type Methods } from "./define_methods.ts";
import { decode } from "./text_codec.ts";

/** The methods of `bytes` that templates use. */
export const BYTES_METHODS: Methods = defineMethods(
  "bytes",
  (value: unknown): value is Uint8Array => value instanceof Uint8Array,
  {
    decode: ["encoding? errors?", decode],
    hex: ["", (self) => Array.from(self, (byte) => byte.toString(16).padStart(2, "0")).join("")],
    lower: ["", (self) => latin1Bytes(latin1Text(self).replace(/[A-Z]+/g, (text) => text.toLowerCase()))],
    upper: ["", (self) => latin1Bytes(latin1Text(self).replace(/[a-z]+/g, (text) => text.toUpperCase()))],
  },
);
