import type { SocketListener, TopicListener } from "../../internal/events.ts";
import { Counter } from "./counter.ts";
import type { Family } from "./family.ts";
import { Gauge } from "./gauge.ts";
import { Histogram } from "./histogram.ts";
import { ReadCounter } from "./http_families.ts";

/** Seconds from the publishing of a message in another process to its delivery in this one. */
const LAG_BUCKETS: readonly number[] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

/** The metrics of WebSockets. */
export class SocketFamilies implements SocketListener {
  readonly families: readonly Family[];
  #open = 0;
  #accepted = 0;
  #messagesReceived = 0;
  #messagesSent = 0;
  #received = 0;
  #sent = 0;
  #dropped = 0;

  constructor() {
    const total = (name: string, help: string, read: () => number) => new ReadCounter(name, help, read);
    this.families = [
      new Gauge("websocket_connections", "Open WebSockets.", [], () => this.#open),
      total("websocket_opened_total", "WebSockets that were opened.", () => this.#accepted),
      total("websocket_messages_received_total", "Messages from clients.", () => this.#messagesReceived),
      total("websocket_messages_sent_total", "Messages to clients.", () => this.#messagesSent),
      total("websocket_received_bytes_total", "Bytes, or letters, of messages from clients.", () => this.#received),
      total("websocket_sent_bytes_total", "Bytes, or letters, of messages to clients.", () => this.#sent),
      total("websocket_dropped_total", "Messages left out for clients that do not read.", () => this.#dropped),
    ];
  }

  opened(): void {
    this.#open++;
    this.#accepted++;
  }

  received(bytes: number): void {
    this.#messagesReceived++;
    this.#received += bytes;
  }

  sent(bytes: number): void {
    this.#messagesSent++;
    this.#sent += bytes;
  }

  dropped(): void {
    this.#dropped++;
  }

  closed(): void {
    this.#open--;
  }
}

/** The metrics of topics. */
export class TopicFamilies implements TopicListener {
  readonly families: readonly Family[];
  readonly #recovered = new Counter("topic_recoveries_total", "Subscribers that came back.", ["complete"]);
  readonly #lag = new Histogram("topic_lag_seconds", "Age of messages of other processes.", [], LAG_BUCKETS);
  #subscriptions = 0;
  #published = 0;
  #delivered = 0;
  #dropped = 0;

  constructor() {
    const total = (name: string, help: string, read: () => number) => new ReadCounter(name, help, read);
    this.families = [
      new Gauge("topic_subscriptions", "Subscriptions of this process.", [], () => this.#subscriptions),
      total("topic_published_total", "Messages that this process has published.", () => this.#published),
      total("topic_delivered_total", "Messages that subscribers of this process took.", () => this.#delivered),
      total("topic_dropped_total", "Messages that a subscriber did not take.", () => this.#dropped),
      this.#recovered,
      this.#lag,
    ];
  }

  published(): void {
    this.#published++;
  }

  delivered(count: number, age: number | null): void {
    this.#delivered += count;
    if (age !== null) this.#lag.observe(age);
  }

  dropped(): void {
    this.#dropped++;
  }

  recovered(complete: boolean): void {
    this.#recovered.add(1, { complete: String(complete) });
  }

  subscribed(): void {
    this.#subscriptions++;
  }

  unsubscribed(count: number): void {
    this.#subscriptions -= count;
  }
}
