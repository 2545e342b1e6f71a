/**
 * Answers of the token stream whose readers lose their connections in the middle, and what they make of them.
 *
 * @module
 */
import { makeTokenStream } from "../../../examples/token_stream/app.ts";
import { write } from "../../../examples/token_stream/writer.ts";
import { nextTurn } from "../../../src/internal/clock.ts";
import { EventParser } from "../../../src/internal/event_parser.ts";
import { Random } from "../../support/random.ts";

/** How many streams, of how many tokens, and how often each reader is cut. */
export interface CutReaders {
  readonly streams: number;
  readonly tokens: number;
  readonly cuts: number;
  readonly seed: number;
}

/** What came of it. */
export interface CutResult {
  /** Streams whose text is that of the writer, byte by byte. */
  readonly equal: number;
  /** Events that came twice, or out of order. */
  readonly repeated: number;
  /** Connections that were made. */
  readonly connections: number;
  /** Gaps that were told. */
  readonly gaps: number;
}

/** Tokens that a writer makes in one turn, so that readers are cut while it writes. */
const TOKENS_IN_A_TURN = 25;

/** Serves the answers on a port of this machine, and reads them. */
export async function readCut({ streams, tokens, cuts, seed }: CutReaders): Promise<CutResult> {
  const random = new Random(seed);
  let written = 0;
  const pause = () => ++written % TOKENS_IN_A_TURN === 0 ? nextTurn() : Promise.resolve();
  const { app, answers } = makeTokenStream({ length: tokens, pause });
  app.settings.logFunction = () => {};
  using _answers = answers;
  await using server = app.listen(0, { address: "127.0.0.1" });
  const url = `http://127.0.0.1:${server.port}/answers`;
  const result = { equal: 0, repeated: 0, connections: 0, gaps: 0 };

  const read = async (question: string): Promise<void> => {
    const begun = await fetch(url, { method: "POST", body: new URLSearchParams({ question }) });
    const { name } = await begun.json();
    const places = Array.from({ length: cuts }, () => random.below(tokens)).sort((a, b) => a - b);
    let text = "";
    let last = "";
    let count = 0;
    for (let ended = false; !ended;) {
      const cut = places.shift() ?? Infinity;
      const abort = new AbortController();
      const { body } = await fetch(`${url}/${name}`, { headers: { "Last-Event-ID": last }, signal: abort.signal });
      result.connections++;
      const parser = new EventParser();
      try {
        for await (const piece of body ?? []) {
          for (const { event, data, id } of parser.feed(piece)) {
            // What has come of a piece that was cut off is lost, as in a browser.
            if (abort.signal.aborted) break;
            if (event === "gap") result.gaps++;
            if (event === "end") ended = true;
            if (event === "message") text += data;
            if (Number(id.split("-")[1]) !== count + 1) result.repeated++;
            count++;
            last = id;
            if (count >= cut) abort.abort();
          }
        }
      } catch (error) {
        if (!abort.signal.aborted) throw error;
      }
    }
    const expected = await Array.fromAsync(write(question, tokens, () => Promise.resolve()));
    if (text === expected.join("")) result.equal++;
  };
  await Promise.all(Array.from({ length: streams }, (_, i) => read(`Question ${i}`)));
  return result;
}
