// The state of one board, without any HTTP: who is there, and the strokes in the order in which they began.
import { type Ink, pictureMessage, type PictureStroke, RefusedError } from "./format.ts";
import { thin } from "./thin.ts";

/** More cursors than this hide what is drawn. */
export const MAX_PEOPLE = 50;
/** 400 KB for a latecomer to load, and as much in memory; finished strokes have few points. */
export const MAX_POINTS = 100_000;
/** Each is one path to draw when the picture is redrawn. */
export const MAX_STROKES = 4000;
/** Half a minute without lifting the pen; the page begins another stroke there. */
export const MAX_STROKE_POINTS = 4000;
/** Beyond a bound this share is dropped at once, because each time all pages draw the rest again. */
const DROPPED_SHARE = 0.05;
/** A third of a pixel on a wide screen. */
const TOLERANCE = 15;
const MAX_NAME = 24;

/** Somebody who is at a board. */
export interface Person {
  readonly id: number;
  readonly name: string;
  /** The angle of their colour, in degrees. */
  readonly hue: number;
}

/** What names a stroke: who draws it, and its number among theirs. */
export type StrokeKey = readonly [person: number, number: number];

class Stroke implements PictureStroke {
  readonly person: number;
  readonly number: number;
  readonly ink: Ink;
  #points: number[] | Uint16Array;

  constructor(person: number, number: number, ink: Ink, points: number[]) {
    this.person = person;
    this.number = number;
    this.ink = ink;
    this.#points = points;
  }

  get key(): StrokeKey {
    return [this.person, this.number];
  }

  get finished(): boolean {
    return this.#points instanceof Uint16Array;
  }

  get points(): ArrayLike<number> {
    return this.#points;
  }

  get size(): number {
    return this.#points.length / 2;
  }

  add(points: readonly number[]): void {
    if (this.#points instanceof Uint16Array) throw new RefusedError("The stroke has ended");
    if (this.size + points.length / 2 > MAX_STROKE_POINTS) throw new RefusedError("The stroke is too long");
    this.#points.push(...points);
  }

  finish(): void {
    if (!(this.#points instanceof Uint16Array)) this.#points = thin(this.#points, TOLERANCE);
  }
}

/** A sheet that several people draw on. */
export class Board {
  readonly name: string;
  #people: Map<number, Person> = new Map();
  #strokes: Stroke[] = [];
  #points = 0;
  #lastPerson = 0;
  /** The number of the last stroke of each person who is there. */
  #lastNumbers: Map<number, number> = new Map();

  constructor(name: string) {
    this.name = name;
  }

  get people(): Person[] {
    return [...this.#people.values()];
  }

  /** How many strokes are kept. */
  get size(): number {
    return this.#strokes.length;
  }

  /** How many points are kept. */
  get points(): number {
    return this.#points;
  }

  /** Somebody comes; `null` when the board is full. */
  join(name: string): Person | null {
    if (this.#people.size >= MAX_PEOPLE) return null;
    const id = ++this.#lastPerson;
    // Steps of the golden angle keep any few people who came one after another apart in colour.
    const person = { id, name: cleanName(name) || `Guest ${id}`, hue: Math.round(id * 137.508) % 360 };
    this.#people.set(id, person);
    this.#lastNumbers.set(id, 0);
    return person;
  }

  /** @throws {RefusedError} The name is empty. */
  rename({ id, hue }: Person, name: string): Person {
    const cleaned = cleanName(name);
    if (cleaned === "") throw new RefusedError("A name is not empty");
    const person = { id, name: cleaned, hue };
    this.#people.set(id, person);
    return person;
  }

  /** Somebody goes; their strokes stay, and what they were drawing is finished. */
  leave({ id }: Person): void {
    this.#people.delete(id);
    this.#lastNumbers.delete(id);
    for (const stroke of this.#strokes) if (stroke.person === id) this.#finish(stroke);
  }

  /**
   * Begins a stroke over all others.
   *
   * @returns The oldest strokes, which are dropped because there are too many.
   * @throws {RefusedError} The numbers of the person's strokes do not count up.
   */
  begin({ id }: Person, number: number, ink: Ink, points: number[]): StrokeKey[] {
    if (number <= (this.#lastNumbers.get(id) ?? 0)) throw new RefusedError(`Not the next stroke: ${number}`);
    this.#lastNumbers.set(id, number);
    this.#strokes.push(new Stroke(id, number, ink, points));
    this.#points += points.length / 2;
    return this.#dropOldest();
  }

  /**
   * Adds to a stroke that has begun. One that is gone meanwhile, because the board was cleared, is left at that.
   *
   * @returns Whether the stroke is there, and the oldest strokes, which are dropped because there are too many points.
   * @throws {RefusedError} The stroke has ended, would be too long, or never began.
   */
  extend({ id }: Person, number: number, points: number[], end: boolean): { found: boolean; dropped: StrokeKey[] } {
    if (number > (this.#lastNumbers.get(id) ?? 0)) throw new RefusedError(`The stroke has not begun: ${number}`);
    // From the end: the stroke is among the newest ones.
    const stroke = this.#strokes.findLast((one) => one.person === id && one.number === number);
    if (stroke === undefined) return { found: false, dropped: [] };
    stroke.add(points);
    this.#points += points.length / 2;
    if (end) this.#finish(stroke);
    return { found: true, dropped: this.#dropOldest() };
  }

  /** Takes the person's newest stroke away; `null` when they have none. */
  undo({ id }: Person): StrokeKey | null {
    const index = this.#strokes.findLastIndex(({ person }) => person === id);
    const [stroke] = index < 0 ? [] : this.#strokes.splice(index, 1);
    if (stroke === undefined) return null;
    this.#points -= stroke.size;
    return stroke.key;
  }

  /** Takes everything away. */
  clear(): void {
    this.#strokes = [];
    this.#points = 0;
  }

  /** The whole picture as a message. */
  picture(): Uint8Array {
    return pictureMessage(this.#strokes);
  }

  #finish(stroke: Stroke): void {
    this.#points -= stroke.size;
    stroke.finish();
    this.#points += stroke.size;
  }

  #dropOldest(): StrokeKey[] {
    if (this.#strokes.length <= MAX_STROKES && this.#points <= MAX_POINTS) return [];
    const strokes = MAX_STROKES * (1 - DROPPED_SHARE);
    const points = MAX_POINTS * (1 - DROPPED_SHARE);
    let count = 0;
    for (const { size } of this.#strokes) {
      if (this.#strokes.length - count <= strokes && this.#points <= points) break;
      this.#points -= size;
      count++;
    }
    return this.#strokes.splice(0, count).map(({ key }) => key);
  }
}

/** A name on one line, without what turns the direction of the text around it. */
function cleanName(name: string): string {
  return [...name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").trim()].slice(0, MAX_NAME).join("");
}
