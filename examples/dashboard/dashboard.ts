// The dashboard without HTTP: it measures while somebody watches.
import { PeriodicCallback } from "../../mod.ts";
import { type Figures, type Gauges, History, Meter, processGauges } from "./figures.ts";
import { boundedLoad, type Load, LoadMaker, NO_LOAD } from "./load.ts";

const PERIOD_MILLISECONDS = 1000;
/** How often it is looked whether the event loop is late: what is shorter than that is seen by chance only. */
const LOOK_MILLISECONDS = 20;

/** What all viewers are told each second. */
export interface News {
  readonly type: "figures";
  readonly figures: Figures;
  readonly load: Load;
}

/** Figures once a second, for as long as there are viewers. */
export class Dashboard {
  readonly #meter: Meter;
  readonly #gauges: Gauges;
  readonly #publish: (news: News) => number;
  readonly #history = new History();
  readonly #maker = new LoadMaker();
  readonly #seconds = new PeriodicCallback(() => this.#tick(), PERIOD_MILLISECONDS);
  readonly #looks = new PeriodicCallback(() => this.#look(), LOOK_MILLISECONDS);
  #wanted: Load = NO_LOAD;
  #lastLook = 0;
  #viewers = 0;

  /** `publish` sends news to all viewers, and returns to how many. */
  constructor(publish: (news: News) => number, gauges: Gauges = processGauges) {
    this.#publish = publish;
    this.#gauges = gauges;
    this.#meter = new Meter(gauges);
  }

  get meter(): Meter {
    return this.#meter;
  }

  get history(): readonly Figures[] {
    return this.#history.all;
  }

  get viewers(): number {
    return this.#viewers;
  }

  /** The load as it was asked for last, within its bounds. */
  get load(): Load {
    return this.#wanted;
  }

  /** Whether it measures. */
  get running(): boolean {
    return this.#seconds.isRunning();
  }

  /** A viewer comes; with the first one the measuring begins. */
  enter(): void {
    if (++this.#viewers > 1) return;
    this.#meter.restart();
    this.#lastLook = this.#gauges.monotonic();
    this.#seconds.start();
    this.#looks.start();
  }

  /** A viewer goes; with the last one the measuring ends, and so does the load. */
  leave(): void {
    if (--this.#viewers > 0) return;
    this.#seconds.stop();
    this.#looks.stop();
    this.setLoad(NO_LOAD);
    this.#maker.make(NO_LOAD);
  }

  /** Asks for a load. It is made and published with the next figures: a slider drawn to and fro costs nothing. */
  setLoad(load: Load): void {
    this.#wanted = boundedLoad(load);
  }

  #tick(): void {
    this.#maker.make(this.#wanted);
    const figures = this.#meter.read(this.#viewers);
    this.#history.add(figures);
    this.#meter.addSent(this.#publish({ type: "figures", figures, load: this.#wanted }));
  }

  #look(): void {
    const now = this.#gauges.monotonic();
    this.#meter.addDelay(now - this.#lastLook - LOOK_MILLISECONDS);
    this.#lastLook = now;
  }
}
