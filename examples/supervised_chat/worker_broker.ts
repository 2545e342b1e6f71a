import { currentWorker, type WorkerMessage } from "../../src/net/process.ts";
import type { TopicBroker, TopicReceiver } from "../../src/pubsub/mod.ts";

/**
 * Carries topics between the workers of a supervisor that sends every message to all of them.
 *
 * It keeps the order and loses nothing while the supervisor lives. Nothing bounds its queue, and each message passes
 * through the supervisor: for a few workers on one machine that is enough.
 */
export class WorkerBroker implements TopicBroker {
  readonly #topics = new Set<string>();
  readonly #worker = currentWorker();

  connect(receive: TopicReceiver): void {
    if (this.#worker === null) return;
    this.#worker.onMessage = (message) => {
      const { topic, data } = parcelOf(message);
      if (this.#topics.has(topic)) receive(topic, Uint8Array.fromBase64(data));
    };
  }

  subscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#topics.add(topic);
  }

  unsubscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#topics.delete(topic);
  }

  publish(topic: string, data: Uint8Array<ArrayBuffer>): void {
    this.#worker?.send({ topic, data: data.toBase64() });
  }

  close(): void {
    if (this.#worker !== null) this.#worker.onMessage = null;
  }
}

function parcelOf(message: WorkerMessage): { topic: string; data: string } {
  if (typeof message === "object" && message !== null && "topic" in message && "data" in message) {
    const { topic, data } = message;
    if (typeof topic === "string" && typeof data === "string") return { topic, data };
  }
  throw new TypeError(`Cannot carry a message, it has no topic and data: ${Deno.inspect(message)}`);
}
