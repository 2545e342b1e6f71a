// Output in pieces.
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type ChunkSink, RenderError, Template } from "../../src/template/mod.ts";
import { test } from "../support/test.ts";

const TABLE = new Template(
  "<table>{% for row in rows %}<tr>{% for x in row %}<td>{{ x }}</td>{% end %}</tr>{% end %}</table>",
);
const rows = Array.from({ length: 100 }, (_, i) => [i, `<${i}>`, "x".repeat(i)]);

/** A sink that notes what happens to it, and takes its time. */
class NotingSink implements ChunkSink {
  readonly log: string[] = [];
  readonly chunks: string[] = [];

  write(chunk: string): void {
    this.log.push("write");
    this.chunks.push(chunk);
  }

  async flush(): Promise<void> {
    this.log.push("flush");
    await Promise.resolve();
    this.log.push("flushed");
  }
}

test("Template.chunks: the pieces are the output, none of them empty, of about the wanted size", () => {
  const whole = TABLE.generate({ rows });
  for (const chunkSize of [1, 100, 1_000, 1e9]) {
    const chunks = [...TABLE.chunks({ rows }, { chunkSize })];
    assertEquals(chunks.join(""), whole);
    assert(chunks.every((chunk) => chunk.length > 0));
    assert(
      chunks.slice(0, -1).every((chunk) => chunk.length >= chunkSize && chunk.length < chunkSize + 200),
      String(chunkSize),
    );
  }
  assertEquals([...TABLE.chunks({ rows })].length, 1);
  assertEquals([...new Template("").chunks()], []);
});

test("Template.chunks: rendering goes on only when the next piece is asked for", () => {
  const seen: number[] = [];
  const note = (n: number) => {
    seen.push(n);
    return n;
  };
  const chunks = new Template("{% for n in [1, 2, 3] %}{{ note(n) }}{% end %}").chunks({ note }, { chunkSize: 1 });
  chunks.next();
  assertEquals(seen, [1]);
  chunks.next();
  assertEquals(seen, [1, 2]);
  chunks.return();
  assertEquals(seen, [1, 2]);
});

test("Template.chunks: leaving off early runs what finally says", () => {
  let done = 0;
  const source =
    "{% for n in [1, 2] %}{% try %}{% for m in [1, 2] %}{{ m }}{% end %}{% finally %}{% set done() %}{% end %}{% end %}";
  for (const _ of new Template(source).chunks({ done: () => done++ }, { chunkSize: 1 })) break;
  assertEquals(done, 1);
});

test("Template.chunks: inside an apply nothing goes out early", () => {
  const template = new Template("{% apply f %}{% for n in [1, 2, 3] %}{{ n }}{% end %}{% end %}.");
  assertEquals([...template.chunks({ f: (text: string) => `[${text}]` }, { chunkSize: 1 })].join(""), "[123].");
});

test("Template.chunks: an error comes after the pieces before it", () => {
  const chunks = new Template("{% for n in [1, 2] %}{{ n }}{% end %}\n{{ nosuch }}", { name: "a" }).chunks({}, {
    chunkSize: 1,
  });
  assertEquals([chunks.next().value, chunks.next().value], ["1", "2"]);
  const error = assertThrows(() => chunks.next(), RenderError);
  assertEquals(String(error), "name 'nosuch' is not defined at a:2");
});

test("Template.chunks: sizes below 1 are refused", () => {
  for (const chunkSize of [0, -1, NaN]) {
    assertThrows(() => [...TABLE.chunks({ rows }, { chunkSize })], RangeError, "chunkSize must be at least 1");
  }
});

test("Template.generateTo: writes and flushes each piece, and waits for it", async () => {
  const sink = new NotingSink();
  await TABLE.generateTo(sink, { rows }, { chunkSize: 3_000 });
  assertEquals(sink.chunks.join(""), TABLE.generate({ rows }));
  assertEquals(sink.log, sink.chunks.flatMap(() => ["write", "flush", "flushed"]));
  assert(sink.chunks.length > 2);
});

test("Template.generateTo: writes to a stream's writer, and to what only writes", async () => {
  const { readable, writable } = new TextDecoderStream();
  const encoder = new TextEncoder();
  const writer = writable.getWriter();
  const text = new Response(readable.pipeThrough(new TextEncoderStream())).text();
  await TABLE.generateTo({ write: (chunk) => writer.write(encoder.encode(chunk)) }, { rows }, { chunkSize: 500 });
  await writer.close();
  assertEquals(await text, TABLE.generate({ rows }));
});

test("Template.generateTo: ends at an error of the template or of the sink", async () => {
  const broken = new Template("{% for n in [1, 2] %}{{ n }}{% end %}{{ nosuch }}");
  const sink = new NotingSink();
  await assertRejects(() => broken.generateTo(sink, {}, { chunkSize: 1 }), RenderError, "nosuch");
  assertEquals(sink.chunks, ["1", "2"]);
  const gone = { write: () => Promise.reject(new TypeError("gone")) };
  await assertRejects(() => TABLE.generateTo(gone, { rows }), TypeError, "gone");
});

test("Template.generateTo: what fits in one piece is sent only when it is complete", async () => {
  const sink = new NotingSink();
  await assertRejects(
    () => new Template("{% for n in [1, 2] %}{{ n }}{% end %}{{ nosuch }}").generateTo(sink),
    RenderError,
  );
  assertEquals(sink.log, []);
});

test("Template: one that contains await renders only asynchronously", async () => {
  const template = new Template("{% for n in ns %}{{ await n }}{% end %}", { name: "a" });
  const namespace = { ns: [Promise.resolve(1), 2] };
  const message = "template 'a' contains await: render it with generateAsync";
  assertThrows(() => template.generate(namespace), TypeError, message);
  assertThrows(() => [...template.chunks(namespace)], TypeError, message);
  assertEquals(await template.generateAsync(namespace), "12");
  assertEquals(await template.compiled(namespace), "12");
  const sink = new NotingSink();
  await template.generateTo(sink, namespace, { chunkSize: 1 });
  assertEquals(sink.chunks, ["1", "2"]);
  const error = await assertRejects(
    () => template.generateAsync({ ns: [Promise.reject(new Error("late"))] }),
    RenderError,
  );
  assertEquals(String(error), "late at a:1");
});

test("Template.generateAsync: takes templates without await, too", async () => {
  assertEquals(await TABLE.generateAsync({ rows }), TABLE.generate({ rows }));
  const chunks: string[] = [];
  for await (const chunk of TABLE.chunksAsync({ rows }, { chunkSize: 100 })) chunks.push(chunk);
  assertEquals(chunks.join(""), TABLE.generate({ rows }));
  await assertRejects(() => TABLE.generateAsync(), RenderError, "rows");
});
