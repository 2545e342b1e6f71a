/**
 * Coarse timers for what every connection has and hardly ever needs: one interval serves them all, and re-arming one
 * per request is a number write.
 *
 * An entry lies in the slot of some tick and stays there while its deadline moves away; only when the slot is swept is
 * the deadline looked at and the entry moved on. So the cost of a time-out that is pushed back per request is paid once
 * per time-out and not once per request.
 */
import type { Clock, Timer } from "./clock.ts";

/** The part of a clock that a {@linkcode TimerWheel} needs. */
export type WheelClock = Pick<Clock, "monotonic" | "setTimer">;

/**
 * Seconds between two ticks: small against any time-out in use (seconds), and ten wake-ups per second cost nothing
 * measurable.
 */
export const TICK = 0.1;

/**
 * Slots of the wheel, a power of two so that a mask finds them. 512 ticks are 51 s: longer time-outs are looked at once
 * per turn of the wheel, which for 15,000 idle connections is 30 entries per tick.
 */
const SLOTS = 512;
const MASK = SLOTS - 1;

/**
 * Ticks added to every time-out: arming happens between two ticks, and the first one to come would cut the time short.
 */
const SLACK = 1;

/**
 * The most ticks counted at once. If the event loop stood still for longer, nobody read the sockets either: that time
 * is not held against the peers, whose bytes may be waiting in the kernel.
 */
const MAX_STEPS = 2;

/** Deadline of an entry that waits for nothing: a small integer like all deadlines, which therefore need no box. */
const NEVER = 0;

/** The slots, and the interval that turns them while any entry lies in one. */
export class TimerWheel {
  readonly #clock: WheelClock;
  readonly #slots: (WheelTimer | null)[] = [];
  #count = 0;
  #ticks = 0;
  /** Monotonic time of tick 0; moves when the event loop stood still. */
  #origin = 0;
  #time = 0;
  #timer: Timer | null = null;
  /** The entry that the sweep under way looks at next. */
  #cursor: WheelTimer | null = null;

  /** Creates a wheel that is turned by `clock`, once there is an entry to turn it for. */
  constructor(clock: WheelClock) {
    this.#clock = clock;
  }

  /** The number of entries in the wheel, armed or paused. */
  get size(): number {
    return this.#count;
  }

  get running(): boolean {
    return this.#timer !== null;
  }

  get ticks(): number {
    return this.#ticks;
  }

  /** Monotonic seconds as of the last tick, or of now if the wheel stands still. */
  time(): number {
    return this.#timer === null ? this.#clock.monotonic() : this.#time;
  }

  /** Puts an entry into the slot of tick `deadline`, or the farthest there is. */
  insert(entry: WheelTimer, deadline: number): void {
    if (this.#count++ === 0) this.#start();
    this.#link(entry, deadline);
  }

  remove(entry: WheelTimer): void {
    this.#unlink(entry);
    if (--this.#count === 0) this.#stop();
  }

  /** Puts an entry that lies in a later slot into that of tick `deadline`. */
  advance(entry: WheelTimer, deadline: number): void {
    this.#unlink(entry);
    this.#link(entry, deadline);
  }

  #link(entry: WheelTimer, deadline: number): void {
    const due = Math.min(deadline, this.#ticks + MASK);
    const slot = due & MASK;
    entry.link(due, this.#slots[slot] ?? null);
    this.#slots[slot] = entry;
  }

  #unlink(entry: WheelTimer): void {
    const slot = entry.due & MASK;
    const { next } = entry;
    if (entry === this.#cursor) this.#cursor = next;
    if (entry.unlink() === null) this.#slots[slot] = next;
  }

  #start(): void {
    if (this.#slots.length === 0) { for (let i = 0; i < SLOTS; i++) this.#slots.push(null); }
    this.#time = this.#clock.monotonic();
    this.#origin = this.#time - this.#ticks * TICK;
    this.#schedule(TICK);
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #schedule(seconds: number): void {
    // Unreferenced: an entry guards an operation, and it is the operation that keeps the process alive.
    this.#timer = this.#clock.setTimer(() => this.#tick(), seconds, { unref: true });
  }

  #tick(): void {
    const time = this.#clock.monotonic();
    const behind = Math.floor((time - this.#origin) / TICK + 1e-6) - this.#ticks;
    const steps = Math.min(behind, MAX_STEPS);
    this.#origin += (behind - steps) * TICK;
    this.#time = time;
    this.#schedule(this.#origin + (this.#ticks + steps + 1) * TICK - time);
    for (let i = 0; i < steps && this.#count > 0; i++) this.#sweep(++this.#ticks);
  }

  #sweep(tick: number): void {
    this.#cursor = this.#slots[tick & MASK] ?? null;
    while (this.#cursor !== null) {
      const entry = this.#cursor;
      this.#cursor = entry.next;
      const { deadline } = entry;
      if (deadline === NEVER) {
        this.remove(entry);
      } else if (deadline > tick) {
        this.advance(entry, deadline);
      } else {
        this.remove(entry);
        entry.expire();
      }
    }
  }
}

/**
 * One time-out of the wheel, armed as often as needed without an allocation. It fires from the event loop, not before
 * its seconds have passed and two ticks later at most; a turn of the event loop that takes longer than a tick makes
 * this less exact.
 *
 * An object that there is one of for each connection extends this, which takes less memory than an entry of its own.
 */
export abstract class WheelTimer {
  readonly #wheel: TimerWheel;
  #deadline: number = NEVER;
  /** Tick whose slot holds this entry; 0 while none does. */
  #due = 0;
  #next: WheelTimer | null = null;
  #previous: WheelTimer | null = null;

  /** Creates a timer that is not armed. */
  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  /** Called each time the timer fires; must not throw. */
  abstract onTimeout(): void;

  get active(): boolean {
    return this.#deadline !== NEVER;
  }

  /**
   * Fires `seconds` from now, instead of when it would have fired before. Zero and less mean the next ticks, `Infinity`
   * is {@linkcode WheelTimer.pause}.
   */
  start(seconds: number): void {
    if (seconds === Infinity) return this.pause();
    const deadline = this.#wheel.ticks + SLACK + (seconds > 0 ? Math.ceil(seconds / TICK) : 0);
    this.#deadline = deadline;
    if (this.#due === 0) {
      this.#wheel.insert(this, deadline);
    } else if (deadline < this.#due) {
      this.#wheel.advance(this, deadline);
    }
  }

  /**
   * Disarms without leaving the wheel: a number write, for a time-out that is armed again soon. A turn of the wheel
   * later (51 s) the entry leaves it by itself. Use {@linkcode WheelTimer.cancel} when the connection closes.
   */
  pause(): void {
    this.#deadline = NEVER;
  }

  /** Disarms and leaves the wheel, which then holds no reference to the entry. */
  cancel(): void {
    this.#deadline = NEVER;
    if (this.#due !== 0) this.#wheel.remove(this);
  }

  // The list of its slot, for the wheel alone.

  /** The tick whose slot holds the entry; 0 while none does. */
  get due(): number {
    return this.#due;
  }

  /** The tick at which the entry fires; 0 if it does not. */
  get deadline(): number {
    return this.#deadline;
  }

  get next(): WheelTimer | null {
    return this.#next;
  }

  /** Becomes the first entry of the slot of tick `due`, before `head`. */
  link(due: number, head: WheelTimer | null): void {
    this.#due = due;
    this.#next = head;
    if (head !== null) head.#previous = this;
  }

  /** Leaves its slot; returns the entry before it. */
  unlink(): WheelTimer | null {
    const previous = this.#previous;
    if (previous !== null) previous.#next = this.#next;
    if (this.#next !== null) this.#next.#previous = previous;
    this.#due = 0;
    this.#next = null;
    this.#previous = null;
    return previous;
  }

  expire(): void {
    this.#deadline = NEVER;
    try {
      this.onTimeout();
    } catch (error) {
      // One connection's mistake must not cost the others of this slot their time-outs.
      console.error("Exception in timer callback", error);
    }
  }
}

/** Receives a time-out, without a closure for each of many entries. */
export interface TimeoutTarget {
  /** Called each time the entry fires; must not throw. */
  onTimeout(): void;
}

/** A time-out that is an object of its own: one of several of a connection, or one that few connections need. */
export class TimerEntry extends WheelTimer {
  readonly #callback: (() => void) | TimeoutTarget;

  /** Creates an entry that is not armed; `callback` runs each time it fires and must not throw. */
  constructor(wheel: TimerWheel, callback: (() => void) | TimeoutTarget) {
    super(wheel);
    this.#callback = callback;
  }

  override onTimeout(): void {
    const callback = this.#callback;
    if (typeof callback === "function") callback();
    else callback.onTimeout();
  }
}
