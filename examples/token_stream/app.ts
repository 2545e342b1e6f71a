// The routes: a page, and for each answer a stream of its tokens, which any number of browsers read.
import { fileRoutes } from "../shared/files.ts";
import { Application, HTTPError, RequestHandler, StreamLogs } from "../../src/web/mod.ts";
import page from "./page/index.html" with { type: "text" };
import script from "./page/token_stream.js" with { type: "text" };
import style from "./page/token_stream.css" with { type: "text" };
import { write } from "./writer.ts";

const MAX_QUESTION = 500;
/** An answer can be read for so many seconds after its end. */
const TTL = 600;
const MAX_ANSWERS = 2000;

/** What the program can be told. */
export interface TokenStreamOptions {
  /** The number of tokens of an answer. */
  readonly length: number;
  /** Waits before each token. */
  readonly pause: () => Promise<void>;
}

interface Context {
  readonly answers: StreamLogs;
  readonly options: TokenStreamOptions;
}

class PageHandler extends RequestHandler {
  override get(): void {
    this.setHeader("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
    this.write(page);
  }
}

/** Begins an answer, which is written whether or not a browser reads it. */
class AnswersHandler extends RequestHandler {
  declare readonly kwargs: Context;

  override post(): void {
    const { answers, options } = this.kwargs;
    const question = this.getBodyArgument("question");
    if (question === "" || question.length > MAX_QUESTION) throw new HTTPError(400);
    const name = crypto.randomUUID();
    answers.start(name, async (log) => {
      for await (const token of write(question, options.length, options.pause)) log.append(token);
    });
    this.setStatus(201);
    this.write({ name });
  }
}

/** The tokens of an answer, from the one after the last that the browser has. */
class AnswerHandler extends RequestHandler {
  declare readonly kwargs: Context;

  override get(name: string): void {
    const log = this.kwargs.answers.get(name);
    // A browser that comes back after the answer was dropped learns to stay away.
    if (log === null) return this.setStatus(204);
    this.eventStream({ keepOpen: true, history: log });
  }

  /** The stop button. A browser that goes away stops nothing: others may read, and it may come back. */
  override delete(name: string): void {
    this.kwargs.answers.get(name)?.stop();
    this.setStatus(204);
  }
}

/** Makes the application; the answers end with it. */
export function makeTokenStream(options: TokenStreamOptions): { app: Application; answers: StreamLogs } {
  const answers = new StreamLogs({ ttl: TTL, maxLogs: MAX_ANSWERS });
  const context: Context = { answers, options };
  const app = new Application([
    ["/", PageHandler],
    ["/answers", AnswersHandler, context],
    ["/answers/([0-9a-f-]{36})", AnswerHandler, context],
    ...fileRoutes({ "/token_stream.js": script, "/token_stream.css": style }),
  ], { crossOriginProtection: true, compressResponse: true });
  return { app, answers };
}
