import { currentClock } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import type { HistoryLimits } from "../history.ts";

const NANOSECONDS = 1e9;
/** How the time at which a stream was made begins while the server is at it: the zero of Go, in the year 1. */
const UNFINISHED = "0001-";
/** Seconds between two looks at a stream that the server makes. */
const LOOK_INTERVAL = 0.02;
/** Milliseconds for the answer of a stream to a first question, and how often it is asked. */
const FIRST_ANSWER = 250;
const FIRST_QUESTIONS = 8;

/** A connection to a NATS server. */
export type NatsConnection = Awaited<ReturnType<typeof import("npm:@nats-io/transport-node@3.4.0").connect>>;
type JetStreamClient = ReturnType<typeof import("npm:@nats-io/jetstream@3.4.0").jetstream>;
type JetStreamManager = Awaited<ReturnType<typeof import("npm:@nats-io/jetstream@3.4.0").jetstreamManager>>;
type StreamConfig = Parameters<JetStreamManager["streams"]["add"]>[0];
type StreamInfo = Awaited<ReturnType<JetStreamManager["streams"]["info"]>>;

/** The stream of all topics. */
export interface NatsStream {
  readonly name: string;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Names the stream among all of its name. */
  readonly epoch: string;
  /** The most messages of a topic: one more than a reader may have missed, since the one before them is a proof. */
  readonly most: number;
}

/** Options of {@linkcode openStream}. */
export interface NatsStreamOptions extends HistoryLimits {
  /** The first part of all subjects. */
  readonly prefix: string;
  /** Tells whether the server keeps all that it has confirmed. */
  readonly durable: boolean;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Makes the stream, or finds it, and waits until it is there: another process may ask for it in the same moment, and
 * the server shows a stream before it has made it.
 */
export async function openStream(connection: NatsConnection, options: NatsStreamOptions): Promise<NatsStream> {
  const { prefix, durable, signal, size, ttl } = options;
  const { jetstream, jetstreamManager } = await import("npm:@nats-io/jetstream@3.4.0");
  const manager = await jetstreamManager(connection);
  const name = `${prefix}-history`;
  const most = size + 1;
  let info = await addOrUpdate(manager, {
    name,
    description: termOf(connection, durable),
    subjects: [`${prefix}.h.>`],
    max_msgs_per_subject: most,
    max_age: ttl * NANOSECONDS,
    allow_direct: true,
    republish: { src: `${prefix}.h.>`, dest: `${prefix}.r.>` },
  });
  // A position with this time would be of no use later.
  while (info.created.startsWith(UNFINISHED) && !signal.aborted) {
    await lookInterval();
    info = await manager.streams.info(name);
  }
  await firstAnswer(await jetstreamManager(connection, { checkAPI: false, timeout: FIRST_ANSWER }), name, prefix);
  return { name, client: jetstream(connection), manager, epoch: epochOf(info), most };
}

async function addOrUpdate({ streams }: JetStreamManager, config: StreamConfig): Promise<StreamInfo> {
  for (let isFirst = true;; isFirst = false) {
    try {
      return await streams.add(config);
    } catch (thrown) {
      const error = toError(thrown);
      if (/already in use/.test(error.message)) return await streams.update(config.name, config);
      // A stream that is being made may be taken for another one with the same subjects.
      if (!isFirst || !/overlap/.test(error.message)) throw error;
      await lookInterval();
    }
  }
}

/** Waits for an answer of the stream: a question that comes too early may be lost, and a message refused. */
async function firstAnswer({ direct }: JetStreamManager, name: string, prefix: string): Promise<void> {
  for (let i = 0; i < FIRST_QUESTIONS; i++) {
    try {
      await direct.getMessage(name, { last_by_subj: `${prefix}.h.first` });
      return;
    } catch {
      // A stream that stays silent is logged when its history is read.
      await lookInterval();
    }
  }
}

function lookInterval(): Promise<void> {
  return new Promise((resolve) => currentClock().setTimer(resolve, LOOK_INTERVAL));
}

/** Names the time in which a server that is alone has lost nothing: each of its runs has another id. */
function termOf({ info }: NatsConnection, durable: boolean): string {
  return durable || info === undefined || info.cluster !== undefined ? "" : info.server_id;
}

function epochOf({ created, config: { description = "" } }: StreamInfo): string {
  return description === "" ? created : `${created} ${description}`;
}

/**
 * Tells whether no message of a subject after an offset is gone: its oldest one is not after it, or nothing that is so
 * new has expired and the subject has room left.
 */
export async function isWhole({ name, manager, most }: NatsStream, subject: string, offset: number): Promise<boolean> {
  const oldest = await manager.direct.getMessage(name, { seq: 1, next_by_subj: subject });
  if (oldest !== null && oldest.seq <= offset) return true;
  const { state } = await manager.streams.info(name, { subjects_filter: subject });
  return state.first_seq <= offset + 1 && (state.subjects?.[subject] ?? 0) < most;
}
