import { RenderError, type TemplatePlace } from "./errors.ts";
import { placeChain, sourceFrame } from "./_runtime/error_places.ts";
import type { Namespace, TemplateProgram } from "./_runtime/program.ts";

/** Characters in a chunk: some 32 KiB of plain text, which is a few network packets and far from a whole large page. */
const DEFAULT_CHUNK_SIZE = 32 * 1024;

/** What {@linkcode CompiledTemplate} is made of besides its name and program. */
export interface CompiledTemplateOptions {
  /**
   * Names for every rendering, below those given to it.
   *
   * @default {{}}
   */
  namespace?: Namespace;
  /**
   * What `{% import %}` and `{% from %}` find.
   *
   * @default {{}}
   */
  imports?: Namespace;
  /**
   * Finds the source of a file by its name, for the frames of errors.
   *
   * @default {() => null}
   */
  sourceOf?: (filename: string) => string | null;
}

/** How the output is cut into chunks. */
export interface ChunkOptions {
  /**
   * About how many characters a chunk has. A chunk ends where a tag does, so it can be longer.
   *
   * @default {32768}
   */
  chunkSize?: number;
}

/** What {@linkcode CompiledTemplate.generateTo} writes to: a request handler, or anything else with these methods. */
export interface ChunkSink {
  /**
   * Takes a chunk.
   *
   * @param chunk Text.
   * @returns Anything; a promise is waited for.
   */
  write(chunk: string): unknown;
  /**
   * Sends what was written.
   *
   * @returns Anything; a promise is waited for.
   */
  flush?(): unknown;
}

/**
 * A template that is ready to render: what loaders give.
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
  /** The name under which the template was loaded; errors give it. */
  readonly name: string;
  /** Names for every rendering, below those given to it. */
  readonly namespace: Namespace;
  readonly #imports: Namespace;
  readonly #sourceOf: (filename: string) => string | null;
  readonly #make: () => TemplateProgram;
  #program: TemplateProgram | null = null;

  /**
   * Makes a template of a program.
   *
   * @param name The name of the template.
   * @param program The program, or a function that makes it when it is first needed.
   * @param options What else belongs to it.
   */
  constructor(name: string, program: TemplateProgram | (() => TemplateProgram), options: CompiledTemplateOptions = {}) {
    const { namespace = {}, imports = {}, sourceOf = () => null } = options;
    this.name = name;
    this.namespace = namespace;
    this.#imports = imports;
    this.#sourceOf = sourceOf;
    this.#make = typeof program === "function" ? program : () => program;
  }

  /** Whether the template contains `await`: then it renders only through {@linkcode generateAsync} and its like. */
  get isAsync(): boolean {
    return this.#compiled.isAsync;
  }

  /** The compiled function, as Tornado has it: {@linkcode generate} for a template without `await`. */
  get compiled(): (namespace: Namespace) => string | Promise<string> {
    return (namespace) => this.isAsync ? this.generateAsync(namespace) : this.generate(namespace);
  }

  /**
   * Renders the template.
   *
   * Tornado's `Template.generate`, which returns bytes.
   *
   * @param namespace Names and their values; only own properties count.
   * @returns The output.
   * @throws {RenderError} Rendering threw; the error says where.
   * @throws {TypeError} The template contains `await`.
   */
  generate(namespace: Namespace = {}): string {
    const output = this.#compiled.render(namespace, this.namespace, this.#imports, this.#fail);
    return typeof output === "string" ? output : this.#refuse(output);
  }

  /**
   * Renders the template, whether it contains `await` or not.
   *
   * @param namespace Names and their values; only own properties count.
   * @returns The output.
   * @throws {RenderError} Rendering threw; the error says where.
   */
  async generateAsync(namespace: Namespace = {}): Promise<string> {
    return await this.#compiled.render(namespace, this.namespace, this.#imports, this.#fail);
  }

  /**
   * Renders the template in pieces, each when it is asked for.
   *
   * @param namespace Names and their values; only own properties count.
   * @param options How the output is cut.
   * @returns The pieces, none of them empty.
   * @throws {RenderError} Rendering threw; what came before has been handed over by then.
   * @throws {TypeError} The template contains `await`.
   */
  *chunks(namespace: Namespace = {}, options: ChunkOptions = {}): Generator<string, void> {
    const chunks = this.#chunks(namespace, options);
    if (!(Symbol.iterator in chunks)) throw this.#asyncError();
    yield* chunks;
  }

  /**
   * Renders the template in pieces, whether it contains `await` or not.
   *
   * @param namespace Names and their values; only own properties count.
   * @param options How the output is cut.
   * @returns The pieces, none of them empty.
   * @throws {RenderError} Rendering threw; what came before has been handed over by then.
   */
  async *chunksAsync(namespace: Namespace = {}, options: ChunkOptions = {}): AsyncGenerator<string, void> {
    yield* this.#chunks(namespace, options);
  }

  /**
   * Writes the output to a handler in chunks, and waits for each to be sent: a page of any size takes little memory, and
   * its top is on the screen while the rest is made.
   *
   * @param sink What is written to. It is not finished.
   * @param namespace Names and their values; only own properties count.
   * @param options How the output is cut.
   * @returns When the last chunk is sent.
   * @throws {RenderError} Rendering threw; what came before has been sent by then, so the response cannot be replaced by
   * an error page. A template whose output fits in one chunk is sent only when it is complete.
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
    // It has begun; what becomes of it is nobody's business any more.
    output.catch(() => {});
    throw this.#asyncError();
  }

  #asyncError(): TypeError {
    return new TypeError(`template '${this.name}' contains await: render it with generateAsync`);
  }

  readonly #fail = (error: unknown, index: number): RenderError => {
    const places = placeChain(this.#compiled, index);
    if (error instanceof RenderError) {
      // Of a template within this one, such as that of a UI module.
      for (const place of places) error.addOuterPlace(place);
      return error;
    }
    const [place, ...via] = places;
    // Names that cannot be variables have a prefix in the code, which the engine shows.
    const message = error instanceof Error ? error.message.replaceAll("_t$n_", "") : describe(error);
    return new RenderError(message, { ...place, via, frame: place ? this.#frame(place) : "", cause: error });
  };

  #frame({ filename, lineno, column }: TemplatePlace): string {
    const text = this.#sourceOf(filename);
    return text === null ? "" : sourceFrame(text, lineno, column);
  }
}

/** What was thrown and is no error. */
function describe(thrown: unknown): string {
  return typeof thrown === "object" || typeof thrown === "function"
    ? `${typeof thrown} thrown`
    : `${String(thrown)} thrown`;
}
