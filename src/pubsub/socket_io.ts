/**
 * An adapter by which the servers of Socket.IO share their rooms over `Topics`, and so over any broker. It is built on
 * the npm package `socket.io-adapter`, which is loaded when one is made.
 *
 * @module
 */
import { toError } from "../internal/promises.ts";
import { appLog } from "../util/log.ts";
import { decodeClusterMessage, encodeClusterMessage } from "./_socket_io/cluster_frames.ts";
import {
  type AdapterClass,
  type ClusterMessage,
  type ClusterResponse,
  isClusterMessage,
  isClusterResponse,
  loadAdapters,
} from "./_socket_io/cluster_messages.ts";
import type { TopicMessage } from "./message.ts";
import type { Delivery, Subscriber } from "./subscriber.ts";
import type { Topics } from "./topics.ts";

export type { AdapterClass } from "./_socket_io/cluster_messages.ts";

/** A namespace of Socket.IO, as far as its adapter looks at it. */
interface Namespace {
  readonly name: string;
}

/** The topic of all servers of a namespace. Its name cannot be the one of an inbox, which begins with digits. */
const allTopic = (namespace: string) => `socket.io all ${namespace}`;
/** The topic of the answers to one server. */
const inboxTopic = (uid: string, namespace: string) => `socket.io ${uid} ${namespace}`;

/**
 * Loads the adapter of Socket.IO's servers whose rooms reach over all processes that share a broker: broadcasts, with
 * acknowledgements too, `socketsJoin`, `socketsLeave`, `disconnectSockets`, `fetchSockets` and `serverSideEmit`.
 *
 * Messages of one server arrive in order, and none twice. If some are lost, the adapter of the namespace emits `gap`
 * with the number of those that are missed, or `null` if that is not known: clients should then read their state again.
 * The recovery of a connection's state (`connectionStateRecovery`) is not offered. The topics stay open when the server
 * closes.
 *
 * @example
 * ```ts ignore
 * import { Topics } from "@twister/twister/pubsub";
 * import { RedisBroker } from "@twister/twister/pubsub/redis";
 * import { socketIoAdapter } from "@twister/twister/pubsub/socket-io";
 * import { WebSocketServer } from "@twister/twister/ws";
 * import { createServer } from "node:http";
 * import { Server } from "npm:socket.io@4.8.4";
 *
 * const topics = new Topics({ broker: new RedisBroker() });
 * const http = createServer();
 * const io = new Server(http, { wsEngine: WebSocketServer, adapter: await socketIoAdapter(topics) });
 * io.on("connection", (socket) => socket.join("news"));
 * io.to("news").emit("headline", "to the clients of all servers");
 * io.of("/").adapter.on("gap", ({ missed }) => io.local.emit("reload", missed));
 * http.listen(3000);
 * ```
 */
export async function socketIoAdapter(topics: Topics): Promise<AdapterClass> {
  const { ClusterAdapterWithHeartbeat } = await loadAdapters();
  return class TopicsAdapter extends ClusterAdapterWithHeartbeat {
    readonly #namespace: string;
    readonly #subscriber: Subscriber;
    #isClosed = false;

    constructor(namespace: Namespace) {
      super(namespace, {});
      this.#namespace = namespace.name;
      this.#subscriber = {
        deliver: (message) => this.#take(message),
        onGap: ({ missed }) => void this.emit("gap", { missed }),
      };
      topics.subscribe(allTopic(this.#namespace), this.#subscriber);
      topics.subscribe(inboxTopic(this.uid, this.#namespace), this.#subscriber);
    }

    /** Asks who is there, once the answers arrive here. */
    override async init(): Promise<void> {
      await topics.whenSubscribed(allTopic(this.#namespace));
      await topics.whenSubscribed(inboxTopic(this.uid, this.#namespace));
      if (!this.#isClosed) super.init();
    }

    override close(): void {
      if (this.#isClosed) return;
      this.#isClosed = true;
      super.close();
      topics.unsubscribeAll(this.#subscriber);
    }

    protected override doPublish(message: ClusterMessage): Promise<string> {
      this.#publish(allTopic(this.#namespace), message);
      // The position of a message is of use only where messages are kept for clients that come back.
      return Promise.resolve("");
    }

    protected override doPublishResponse(requester: string, response: ClusterResponse): Promise<void> {
      this.#publish(inboxTopic(requester, this.#namespace), response);
      return Promise.resolve();
    }

    #publish(topic: string, message: object): void {
      topics.publish(topic, encodeClusterMessage(message), { except: this.#subscriber });
    }

    #take({ bytes, topic }: TopicMessage): Delivery {
      try {
        const message = decodeClusterMessage(bytes);
        if (isClusterMessage(message)) this.onMessage(message);
        else if (isClusterResponse(message)) this.onResponse(message);
        else throw new RangeError("Cannot take a message: it is none of a Socket.IO adapter");
      } catch (error) {
        // That includes the listeners of the application, which this calls.
        appLog.error("A message on topic %s has failed", topic, toError(error));
      }
      return "delivered";
    }
  };
}
