import { handled } from "../internal/promises.ts";
import type { LoaderOptions } from "./base_loader.ts";
import { RenderError, type TemplatePlace } from "./errors.ts";
import { placeChain, sourceFrame } from "./_runtime/error_places.ts";
import type { LanguageRuntime } from "./language.ts";
import type { Namespace, TemplateProgram } from "./_runtime/program.ts";

/**
 * Characters in a chunk: 32 KiB of plain text fills some twenty network packets and is still a small part of a large
 * page.
 */
const DEFAULT_CHUNK_SIZE = 32 * 1024;

/** Options of a {@linkcode CompiledTemplate}. */
export interface CompiledTemplateOptions extends Pick<LoaderOptions, "imports" | "namespace"> {
  /**
   * Returns the source of a file by its name, or `null`. Errors show lines of it.
   *
   * @default {() => null}
   */
  sourceOf?: (filename: string) => string | null;
  /**
   * Runtime of the language of the expressions, which explains errors.
   *
   * @default {undefined}
   */
  runtime?: LanguageRuntime | undefined;
}

/** Options for rendering in chunks. */
export interface ChunkOptions {
  /**
   * Smallest size of a chunk in characters, except for the last one. A chunk ends at a tag, so it can be longer.
   *
   * @default {32768}
   */
  chunkSize?: number;
}

/** Target of {@linkcode CompiledTemplate.generateTo}: a request handler, or any other object with these methods. */
export interface ChunkSink {
  /**
   * Takes a chunk.
   *
   * @returns Any value. The template waits for a promise.
   */
  write(chunk: string): unknown;
  /**
   * Sends what was written.
   *
   * @returns Any value. The template waits for a promise.
   */
  flush?(): unknown;
}

/**
 * A template that is ready to render. Loaders return objects of this class or of its subclass `Template`.
 *
 * @example
 * ```ts
 * import { DictLoader } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const loader = new DictLoader({ "hello.html": "<p>Hello {{ name }}</p>" });
 * assertEquals(loader.load("hello.html").generate({ name: "Ada & Bob" }), "<p>Hello Ada &amp; Bob</p>");
 * ```
 */
export class CompiledTemplate {
  /** Name under which the template was loaded. Errors show it. */
  readonly name: string;
  /** Names that every rendering sees. Those passed to the rendering hide them. */
  readonly namespace: Namespace;
  readonly #imports: Namespace;
  readonly #sourceOf: (filename: string) => string | null;
  readonly #runtime: LanguageRuntime | undefined;
  readonly #make: () => TemplateProgram;
  #program: TemplateProgram | null = null;

  /**
   * Makes a template from a program.
   *
   * @param program The program, or a function that makes it. The first rendering calls that function.
   */
  constructor(name: string, program: TemplateProgram | (() => TemplateProgram), options: CompiledTemplateOptions = {}) {
    const { namespace = {}, imports = {}, sourceOf = () => null, runtime } = options;
    this.name = name;
    this.namespace = namespace;
    this.#imports = imports;
    this.#sourceOf = sourceOf;
    this.#runtime = runtime;
    this.#make = typeof program === "function" ? program : () => program;
  }

  /**
   * True if the template contains `await`. Then only {@linkcode generateAsync} and the other asynchronous methods
   * render it.
   */
  get isAsync(): boolean {
    return this.#compiled.isAsync;
  }

  /** Function that renders the template: {@linkcode generate}, or {@linkcode generateAsync} if it contains `await`. */
  get compiled(): (namespace: Namespace) => string | Promise<string> {
    return (namespace) => this.isAsync ? this.generateAsync(namespace) : this.generate(namespace);
  }

  /**
   * Renders the template. Tornado's `Template.generate`, which returns bytes.
   *
   * @param namespace Values by name. Only own properties are read.
   * @throws {RenderError} Something in the template threw. The error has the place.
   * @throws {TypeError} The template contains `await`.
   */
  generate(namespace: Namespace = {}): string {
    const output = this.#compiled.render(namespace, this.namespace, this.#imports, this.#fail);
    return typeof output === "string" ? output : this.#refuse(output);
  }

  /**
   * Renders the template, with or without `await` in it.
   *
   * @throws {RenderError} Something in the template threw. The error has the place.
   */
  async generateAsync(namespace: Namespace = {}): Promise<string> {
    return await this.#compiled.render(namespace, this.namespace, this.#imports, this.#fail);
  }

  /**
   * Renders the template in chunks. Rendering goes on when the caller asks for the next chunk.
   *
   * @returns The chunks in order, none of them empty.
   * @throws {RenderError} Something in the template threw. The caller has the chunks before it by then.
   * @throws {TypeError} The template contains `await`.
   * @throws {RangeError} `chunkSize` is below 1.
   */
  *chunks(namespace: Namespace = {}, options: ChunkOptions = {}): Generator<string, void> {
    const chunks = this.#chunks(namespace, options);
    if (!(Symbol.iterator in chunks)) throw this.#asyncError();
    yield* chunks;
  }

  /**
   * Renders the template in chunks, with or without `await` in it.
   *
   * @returns The chunks in order, none of them empty.
   * @throws {RenderError} Something in the template threw. The caller has the chunks before it by then.
   * @throws {RangeError} `chunkSize` is below 1.
   */
  async *chunksAsync(namespace: Namespace = {}, options: ChunkOptions = {}): AsyncGenerator<string, void> {
    yield* this.#chunks(namespace, options);
  }

  /**
   * Writes the output to a request handler in chunks, and waits until each one is sent.
   *
   * A page of any size takes little memory, and the browser shows its top while the rest is rendered. A template whose
   * output fits into one chunk is sent only when it is complete.
   *
   * @param sink Handler or other target. The template does not finish it.
   * @throws {RenderError} Something in the template threw. Chunks that are already sent cannot be replaced by an error
   * page.
   * @throws {RangeError} `chunkSize` is below 1.
   */
  async generateTo(sink: ChunkSink, namespace: Namespace = {}, options: ChunkOptions = {}): Promise<void> {
    for await (const chunk of this.#chunks(namespace, options)) {
      await sink.write(chunk);
      await sink.flush?.();
    }
  }

  get #compiled(): TemplateProgram {
    return this.#program ??= this.#make();
  }

  #chunks(
    namespace: Namespace,
    { chunkSize = DEFAULT_CHUNK_SIZE }: ChunkOptions,
  ): ReturnType<TemplateProgram["chunks"]> {
    if (!(chunkSize >= 1)) throw new RangeError(`chunkSize must be at least 1, got ${chunkSize}`);
    return this.#compiled.chunks(namespace, this.namespace, this.#imports, this.#fail, chunkSize);
  }

  #refuse(output: Promise<string>): never {
    // The rendering has begun and its outcome is dropped.
    handled(output);
    throw this.#asyncError();
  }

  #asyncError(): TypeError {
    return new TypeError(`template '${this.name}' contains await: render it with generateAsync`);
  }

  readonly #fail = (error: unknown, index: number): RenderError => {
    const places = placeChain(this.#compiled, index);
    if (error instanceof RenderError) {
      // It comes from a template within this one, such as that of a UI module.
      for (const place of places) error.addOuterPlace(place);
      return error;
    }
    const [place, ...via] = places;
    // Names that cannot be variables have a prefix in the code, and the engine's messages show it.
    const message = error instanceof Error ? error.message.replaceAll("_t$n_", "") : describe(error);
    return new RenderError(this.#runtime?.explain?.(message) ?? message, {
      ...place,
      via,
      frame: place ? this.#frame(place) : "",
      cause: error,
    });
  };

  #frame({ filename, lineno, column }: TemplatePlace): string {
    const text = this.#sourceOf(filename);
    return text === null ? "" : sourceFrame(text, lineno, column);
  }
}

/** Describes a thrown value that is not an `Error`. */
function describe(thrown: unknown): string {
  return typeof thrown === "object" || typeof thrown === "function"
    ? `${typeof thrown} thrown`
    : `${String(thrown)} thrown`;
}
