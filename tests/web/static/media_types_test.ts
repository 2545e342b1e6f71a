import { assertEquals } from "@std/assert";
import { contentTypeOf, guessType } from "../../../src/web/_static/media_types.ts";
import { test } from "../../support/test.ts";

const TYPES: [path: string, type: string][] = [
  ["/a/page.html", "text/html"],
  ["/a/PAGE.HTML", "text/html"],
  ["app.js", "text/javascript"],
  ["app.mjs", "text/javascript"],
  ["app.ts", "video/mp2t"],
  ["app.mts", "text/typescript"],
  ["app.cts", "text/typescript"],
  ["app.tsx", "text/tsx"],
  ["app.jsx", "text/jsx"],
  ["style.css", "text/css"],
  ["data.json", "application/json"],
  ["data.json.map", "application/json"],
  ["font.woff2", "font/woff2"],
  ["module.wasm", "application/wasm"],
  ["picture.svg", "image/svg+xml"],
  ["picture.webp", "image/webp"],
  ["film.mp4", "video/mp4"],
  ["a.b.c/noextension", "application/octet-stream"],
  ["noextension", "application/octet-stream"],
  ["/.html", "application/octet-stream"],
  ["/..html", "application/octet-stream"],
  ["/.x.html", "text/html"],
  ["trailing.", "application/octet-stream"],
  ["", "application/octet-stream"],
  ["a.unknown", "application/octet-stream"],
  ["a.constructor", "application/octet-stream"],
  ["a.toString", "application/octet-stream"],
  ["page.html.gz", "application/gzip"],
  ["archive.tgz", "application/gzip"],
  ["picture.svgz", "application/gzip"],
  ["archive.tar.bz2", "application/octet-stream"],
  ["archive.txz", "application/octet-stream"],
  ["page.html.br", "application/octet-stream"],
  ["page.html.Z", "application/octet-stream"],
];

test("contentTypeOf() knows files by their extension, whose coding comes first", () => {
  for (const [path, type] of TYPES) assertEquals(contentTypeOf(path), type, path);
});

test("guessType() tells type and coding apart", () => {
  assertEquals(guessType("a.tar.gz"), { type: "application/x-tar", coding: "gzip" });
  assertEquals(guessType("a.tgz"), { type: "application/x-tar", coding: "gzip" });
  assertEquals(guessType("a.html"), { type: "text/html", coding: null });
  assertEquals(guessType("a"), { type: null, coding: null });
});
