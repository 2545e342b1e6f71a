// The turns in which the handlers of the comparison of validations are asked.

/** Requests of a turn: some 10 ms, so that what slows the machine down seldom meets only a part of the handlers. */
export const TURN = 400;
/** Requests at the begin of a turn that may be mixed with those of the turn before. */
export const SKIPPED = 40;
/** Requests whose time is taken. Those that are left keep the next turn away. */
export const MEASURED = 340;

/** What a request took in each turn of a handler. */
export interface Turns {
  /** Microseconds of the processor. */
  readonly work: number[];
}
