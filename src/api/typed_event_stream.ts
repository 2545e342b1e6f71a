import { isThenable } from "../internal/promises.ts";
import { jsonEncode } from "../util/escape.ts";
import type { EventFields, EventStream } from "../web/mod.ts";
import { Unawaited } from "./_unawaited.ts";
import { accepted, standardOf } from "./_validation.ts";
import type { BodyInput, DeclaredSchema, Fields } from "./declarations.ts";
import type { StandardResult } from "./standard_schema.ts";

/** The arguments of `send`: the name of an event, its data, and its ID if it has one. */
// A type parameter for the name is too deep for the compiler with the schemas of arktype.
export type EventArguments<Events extends Fields> = {
  readonly [Name in keyof Events & string]: [
    event: Name,
    data: BodyInput<Events[Name]>,
    fields?: Pick<EventFields, "id">,
  ];
}[keyof Events & string];

type SentEvent = [event: string, data: unknown, fields?: Pick<EventFields, "id">];

/**
 * An event stream whose events have schemas. `TypedRequestHandler.events` makes it.
 *
 * @example
 * ```ts
 * import { numberFromText, TypedHandler } from "@twister/twister/api";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Prices extends TypedHandler({ get: { events: { price: numberFromText() }, response: {} } }) {
 *   override async get(): Promise<void> {
 *     const { send, stream } = this.events();
 *     await send("price", 12.5);
 *     stream.close();
 *     await stream.closed;
 *   }
 * }
 *
 * await using client = new TestClient(new Application([["/prices", Prices]]));
 * using events = await client.eventStream("/prices");
 * assertEquals(await events.next(), { event: "price", data: "12.5", id: "" });
 * ```
 */
export class TypedEventStream<Events extends Fields> {
  /** The stream itself, for its end and for what waits. */
  readonly stream: EventStream;
  /**
   * Sends an event, its data as JSON: what the schema of its name returns for the data. It works without its object.
   *
   * @returns A promise as that of `EventStream.send`, which may be ignored.
   * @throws {TypeError} If no event of that name is declared, or its schema refuses the data; in the promise, if the
   * schema is asynchronous. If the caller does not wait for that, the error ends the stream and is logged.
   */
  readonly send: (...event: EventArguments<Events>) => Promise<void>;

  /**
   * Makes it; handlers call `events`.
   *
   * @param report Is told of an error for which no caller waits.
   */
  constructor(stream: EventStream, events: Fields, report: (error: unknown) => void) {
    this.stream = stream;
    this.send = (...[event, data, fields]: SentEvent) => {
      const schema: DeclaredSchema | undefined = Object.hasOwn(events, event) ? events[event] : undefined;
      if (schema === undefined) throw new TypeError(`Cannot send the event ${event}: it is not declared`);
      const sent = (result: StandardResult<unknown>) =>
        stream.send(jsonEncode(accepted(result, `send the event ${event}`)), { event, id: fields?.id });
      const result = standardOf(schema).validate(data);
      if (!isThenable(result)) return sent(result);
      return new Unawaited(Promise.resolve(result).then((each) => [sent(each)]), report);
    };
  }
}
