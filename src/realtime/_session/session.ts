import { currentClock, TimerEntry } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import type { HistoryPosition, Recovery } from "../../pubsub/mod.ts";
import { jsonEncode } from "../../util/escape.ts";
import { appLog } from "../../util/log.ts";
import type { RequestHandler } from "../../web/mod.ts";
import { type Command, type Params, parseCommands } from "../_protocol/commands.ts";
import { RealtimeDisconnect, RealtimeError } from "../errors.ts";
import type { ConnectReply, RealtimeClient, RefreshReply } from "../hooks.ts";
import type { Realtime, RealtimeSettings } from "../realtime.ts";
import { Channels, type ClientInfo } from "./channels.ts";
import { Subscription, type SubscriptionOwner } from "./subscription.ts";
import type { Transport } from "./transport.ts";

/** Seconds for which a connection or a subscription outlives its token: the client has to get a new one first. */
const EXPIRY_GRACE = 25;
/** The longest name of a channel, in characters. */
const MAX_CHANNEL = 255;
/** The most publications of one answer. */
const MAX_HISTORY = 1000;

/** Frames that are read ahead: some clients send each command in a frame of its own. */
const MAX_WAITING = 64;

/** The server of a session. */
export interface SessionHost {
  readonly realtime: Realtime;
  readonly channels: Channels;
  readonly settings: RealtimeSettings;
  /** The name of this process, which commands in requests of their own have to give. */
  readonly node: string;
  /** The client is connected, or was and is gone. */
  joined(session: Session): void;
  left(session: Session): void;
}

/** One client: its commands, one after another, its subscriptions, pings and the end. */
export class Session implements RealtimeClient, SubscriptionOwner {
  readonly id: string = crypto.randomUUID();
  readonly carrier: Transport;
  readonly #host: SessionHost;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #expiries = new Map<string, TimerEntry>();
  readonly #timer: TimerEntry;
  #expiry: TimerEntry | null = null;
  #user = "";
  #info: unknown = undefined;
  /** The work on the commands so far. */
  #work: Promise<void> = Promise.resolve();
  /** Frames that wait for those before them. */
  #waiting = 0;
  #isConnected = false;
  #isClosed = false;
  #awaitsPong = false;

  constructor(host: SessionHost, carrier: Transport) {
    this.#host = host;
    this.carrier = carrier;
    this.#timer = new TimerEntry(currentClock().wheel, () => this.#onTimer());
    this.#timer.start(host.settings.connectTimeout);
  }

  get user(): string {
    return this.#user;
  }

  get info(): unknown {
    return this.#info;
  }

  get handler(): RequestHandler {
    return this.carrier.handler;
  }

  get transport(): Transport["name"] {
    return this.carrier.name;
  }

  get channels(): string[] {
    return [...this.#subscriptions.keys()];
  }

  send(data: unknown): void {
    this.#send({ push: { message: { data } } });
  }

  unsubscribe(channel: string, code: number = 2000, reason: string = "server unsubscribe"): void {
    if (!this.#leave(channel)) return;
    this.#send({ push: { channel, unsubscribe: { code, reason } } });
  }

  disconnect(code: number = 3503, reason?: string): void {
    const { message } = new RealtimeDisconnect(code, reason);
    if (this.#isClosed) return;
    this.carrier.close(code, message);
    this.closed();
  }

  insufficient(channel: string): void {
    this.unsubscribe(channel, 2500, "insufficient state");
  }

  /**
   * Takes a frame, whose commands are worked on after those before them. A pong does not wait.
   *
   * @returns A promise if so many frames wait that no more should be read; it never rejects.
   */
  receive(frame: string): void | Promise<void> {
    if (this.#isClosed) return;
    if (frame.trim() === "{}") return this.#onPong();
    this.#waiting++;
    this.#work = this.#work.then(() => this.#takeFrame(frame));
    if (this.#waiting >= MAX_WAITING) return this.#work;
  }

  /** Refuses a frame that cannot be one of the protocol. */
  refuse(): void {
    this.disconnect(3501);
  }

  /** The connection has ended. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer.cancel();
    this.#expiry?.cancel();
    for (const channel of this.channels) this.#leave(channel);
    if (this.#isConnected) this.#host.left(this);
  }

  async #takeFrame(frame: string): Promise<void> {
    this.#waiting--;
    try {
      for (const command of parseCommands(frame)) {
        if (this.#isClosed) return;
        await this.#take(command);
      }
    } catch (error) {
      if (this.#isClosed) return;
      if (error instanceof RealtimeDisconnect) return this.disconnect(error.code, error.message);
      appLog.error("A realtime connection has failed", toError(error));
      this.disconnect(3004);
    }
  }

  async #take(command: Command): Promise<void> {
    const { id, method } = command;
    if (method === "pong") return this.#onPong();
    if (this.#isConnected === (method === "connect")) throw new RealtimeDisconnect(3501);
    try {
      if (method === "subscribe") return await this.#subscribe(id, command.params);
      const result = await this.#answer(command);
      if (id > 0 && method !== null) this.#send({ id, [method]: result });
    } catch (error) {
      if (error instanceof RealtimeDisconnect) throw error;
      this.#refuse(id, error);
      // The answer could not be sent: a client that is refused connects again, on a new connection.
      if (method === "connect" && this.#isConnected) throw new RealtimeDisconnect(3004);
    }
  }

  #refuse(id: number, thrown: unknown): void {
    if (!(thrown instanceof RealtimeError)) appLog.error("A hook of a realtime server has failed", toError(thrown));
    const error = thrown instanceof RealtimeError ? thrown : new RealtimeError(100);
    const { code, message, temporary } = error;
    if (id > 0) this.#send({ id, error: { code, message, ...(temporary ? { temporary } : {}) } });
  }

  async #answer({ method, params }: Command): Promise<unknown> {
    const { realtime } = this.#host;
    switch (method) {
      case "connect":
        return await this.#connect(params);
      case "unsubscribe":
        this.#leave(params.text("channel"));
        return {};
      case "publish":
        return await this.#publish(params);
      case "presence":
        return { presence: await this.#presence(params) };
      case "presence_stats": {
        const present = Object.values(await this.#presence(params));
        return { num_clients: present.length, num_users: new Set(present.map(({ user }) => user)).size };
      }
      case "history":
        return await this.#history(params);
      case "rpc":
        return { data: await realtime.onRpc(this, { method: params.text("method"), data: params.json("data") }) };
      case "refresh": {
        const reply = await realtime.onRefresh(this, { token: params.text("token") });
        checkExpiry(reply);
        this.#expire(reply.expiresIn);
        return { client: this.id, version: "", ...expiry(reply) };
      }
      case "sub_refresh": {
        const channel = params.text("channel");
        if (!this.#subscriptions.has(channel)) throw new RealtimeError(103);
        const reply = await realtime.onSubscriptionRefresh(this, { channel, token: params.text("token") });
        checkExpiry(reply);
        this.#expireSubscription(channel, reply.expiresIn);
        return expiry(reply);
      }
      case "send":
        return await realtime.onMessage(this, params.json("data"));
      default:
        throw new RealtimeError(104);
    }
  }

  async #connect(params: Params): Promise<unknown> {
    const { realtime, settings, node } = this.#host;
    const request = {
      token: params.text("token"),
      data: params.json("data"),
      name: params.text("name"),
      version: params.text("version"),
    };
    const reply: ConnectReply = await realtime.onConnect(this, request) ?? {};
    if (this.#isClosed) return;
    checkExpiry(reply);
    this.#user = reply.user ?? "";
    this.#info = reply.info;
    this.#isConnected = true;
    this.#host.joined(this);
    this.#expire(reply.expiresIn);
    this.#timer.start(settings.pingInterval);
    return {
      client: this.id,
      version: "",
      data: reply.data,
      ...expiry(reply),
      ...(settings.pingInterval === Infinity ? {} : { ping: settings.pingInterval, pong: true }),
      ...(this.carrier.isEmulated ? { session: this.id, node } : {}),
    };
  }

  async #subscribe(id: number, params: Params): Promise<void> {
    const { realtime, channels, settings } = this.#host;
    const channel = params.text("channel");
    if (!isChannel(channel)) throw new RealtimeError(107);
    if (this.#subscriptions.has(channel)) throw new RealtimeError(105);
    if (this.#subscriptions.size >= settings.maxChannels) throw new RealtimeError(106);
    const since = params.flag("recover") ? positionOf(params) : null;
    const request = { channel, token: params.text("token"), data: params.json("data") };
    const reply = await realtime.onSubscribe(this, request) ?? {};
    if (this.#isClosed) return;
    checkExpiry(reply);

    const subscription = new Subscription(this, channel, this.#infoIn(reply.info), reply);
    this.#subscriptions.set(channel, subscription);
    const result: Record<string, unknown> = { ...expiry(reply), data: reply.data };
    const topic = Channels.topic(channel);
    if (channels.topics.history !== null) {
      const { recovered, position } = await this.#recover(topic, subscription, since);
      // A gap has ended it: the client subscribes again after the answer.
      if (this.#subscriptions.get(channel) !== subscription) throw new RealtimeError(100);
      const hasAll = since !== null && recovered;
      Object.assign(result, { recoverable: true, positioned: true, epoch: position.epoch });
      result.offset = hasAll ? since.offset : position.offset;
      result.was_recovering = since !== null;
      result.recovered = hasAll;
      if (hasAll) result.publications = subscription.takeHeld();
    } else {
      channels.topics.subscribe(topic, subscription);
      if (since !== null) Object.assign(result, { was_recovering: true, recovered: false });
    }
    try {
      this.#send({ id, subscribe: result });
    } catch (error) {
      // The hook's answer has no JSON form, and the client is not to be subscribed without knowing it.
      this.#leave(channel);
      throw error;
    }
    subscription.release();
    this.#expireSubscription(channel, reply.expiresIn);
    channels.add(subscription);
  }

  async #recover(topic: string, subscription: Subscription, since: HistoryPosition | null): Promise<Recovery> {
    try {
      return await this.#host.channels.topics.subscribe(topic, subscription, { since });
    } catch (error) {
      // The client tries again, and is not to be told that it has subscribed.
      if (this.#subscriptions.get(subscription.channel) === subscription) this.#leave(subscription.channel);
      throw error;
    }
  }

  #leave(channel: string): boolean {
    const subscription = this.#subscriptions.get(channel);
    if (subscription === undefined) return false;
    this.#subscriptions.delete(channel);
    this.#expiries.get(channel)?.cancel();
    this.#expiries.delete(channel);
    this.#host.channels.topics.unsubscribeAll(subscription);
    this.#host.channels.delete(subscription);
    return true;
  }

  async #publish(params: Params): Promise<unknown> {
    const channel = params.text("channel");
    const data = params.json("data");
    if (!isChannel(channel) || data === undefined) throw new RealtimeError(107);
    const reply = await this.#host.realtime.onPublish(this, { channel, data }) ?? {};
    const info = this.#subscriptions.get(channel)?.info ?? this.#infoIn(undefined);
    this.#host.channels.publish(channel, "data" in reply ? reply.data : data, { info });
    return {};
  }

  async #presence(params: Params): Promise<Record<string, ClientInfo>> {
    const channel = params.text("channel");
    if (this.#subscriptions.get(channel)?.isPresent !== true) throw new RealtimeError(103);
    return await this.#host.channels.presence(channel);
  }

  async #history(params: Params): Promise<unknown> {
    const channel = params.text("channel");
    if (this.#subscriptions.get(channel)?.mayReadHistory !== true) throw new RealtimeError(103);
    const limit = params.integer("limit");
    const since = params.object("since");
    return await this.#host.channels.history(channel, {
      limit: limit === -1 ? MAX_HISTORY : Math.min(limit, MAX_HISTORY),
      since: since === null ? null : positionOf(since),
      reverse: params.flag("reverse"),
    });
  }

  #infoIn(channelInfo: unknown): ClientInfo {
    const info: Record<string, unknown> = {};
    if (this.#info !== undefined) info.conn_info = this.#info;
    if (channelInfo !== undefined) info.chan_info = channelInfo;
    return { client: this.id, user: this.#user, ...info };
  }

  #expire(seconds: number | undefined): void {
    this.#expiry ??= new TimerEntry(currentClock().wheel, () => this.disconnect(3005));
    this.#expiry.start(seconds === undefined ? Infinity : seconds + EXPIRY_GRACE);
  }

  #expireSubscription(channel: string, seconds: number | undefined): void {
    this.#expiries.get(channel)?.cancel();
    this.#expiries.delete(channel);
    if (seconds === undefined) return;
    const entry = new TimerEntry(currentClock().wheel, () => this.unsubscribe(channel, 2501, "expired"));
    entry.start(seconds + EXPIRY_GRACE);
    this.#expiries.set(channel, entry);
  }

  #onTimer(): void {
    if (!this.#isConnected) return this.disconnect(3502);
    if (this.#awaitsPong) return this.disconnect(3012);
    this.#awaitsPong = true;
    this.carrier.send("{}");
    this.#timer.start(this.#host.settings.pongTimeout);
  }

  #onPong(): void {
    if (!this.#awaitsPong) return;
    this.#awaitsPong = false;
    this.#timer.start(this.#host.settings.pingInterval);
  }

  #send(frame: object): void {
    if (!this.#isClosed) this.carrier.send(jsonEncode(frame));
  }
}

/** Tells whether a channel can have this name: JSON can express halves of surrogate pairs, but UTF-8 cannot. */
function isChannel(name: string): boolean {
  return name !== "" && name.length <= MAX_CHANNEL && name.isWellFormed();
}

function positionOf(params: Params): HistoryPosition {
  return { epoch: params.text("epoch"), offset: Math.max(0, params.integer("offset")) };
}

/** @throws {RangeError} If a time is not a finite number. */
function checkExpiry({ expiresIn }: RefreshReply): void {
  if (expiresIn !== undefined && !Number.isFinite(expiresIn)) {
    throw new RangeError(`Invalid expiresIn of a hook's reply: ${Deno.inspect(expiresIn)} is not a finite number`);
  }
}

function expiry({ expiresIn }: RefreshReply): object {
  return expiresIn === undefined ? {} : { expires: true, ttl: Math.max(1, Math.ceil(expiresIn)) };
}
