/** Several values under one name, joined at first use. */
export class RepeatedValue {
  readonly list: string[];
  readonly #separator: string;
  #joined: string | null = null;

  constructor(list: string[], separator: string) {
    this.list = list;
    this.#separator = separator;
  }

  /** All values in one string, as RFC 9110 section 5.3 allows. */
  get joined(): string {
    return this.#joined ??= this.list.join(this.#separator);
  }

  push(value: string): void {
    this.list.push(value);
    this.#joined = null;
  }

  extend(part: string): void {
    this.list[this.list.length - 1] += part;
    this.#joined = null;
  }

  copy(): RepeatedValue {
    return new RepeatedValue(this.list.slice(), this.#separator);
  }
}

/** The value of one name: nearly always one string. */
export type FieldValue = string | RepeatedValue;

/** A proxy that reads HTTP/2 may split the cookies of one request (RFC 9113 section 8.2.3). */
function separatorOf(name: string): string {
  return name === "Cookie" ? "; " : ",";
}

export function joinedOf(value: FieldValue): string {
  return typeof value === "string" ? value : value.joined;
}

// Up to this many names, comparing strings one by one beats hashing; beyond it a hostile peer could make it quadratic.
const LINEAR_SEARCH_LIMIT = 16;
// In place of a name that was deleted. No header has an empty name.
const HOLE = "";
const CRLF = "\r\n";
/** Fields that a proxy adds to a request: of the client, Via, and those of the framing. */
const ROOM = 10;

/** The fields of a message by normalised name, in the order in which the names came. It checks nothing. */
export class FieldMap {
  // Parallel arrays. They begin with room for the fields of a usual response: an array that grows from nothing takes
  // room for 17, which is garbage in most messages.
  #names: string[];
  #values: FieldValue[];
  // How much of the arrays is in use.
  #count = 0;
  // Name to position, only when there are many. A Map would have names of digits, which a peer can choose, at places
  // that are easy to predict; V8 does not seed those.
  #index: Record<string, number> | null = null;
  #holes = 0;
  // The first fields as they are sent, and how many they are; see seal().
  #sealed = "";
  #sealedCount = 0;

  constructor(
    names: string[] = [HOLE, HOLE, HOLE, HOLE, HOLE, HOLE],
    values: FieldValue[] = [HOLE, HOLE, HOLE, HOLE, HOLE, HOLE],
  ) {
    this.#names = names;
    this.#values = values;
  }

  get size(): number {
    return this.#count - this.#holes;
  }

  get(name: string): FieldValue | undefined {
    const at = this.#indexOf(name);
    return at === -1 ? undefined : this.#values[at];
  }

  /** Replaces the value of the name, in its place. */
  put(name: string, value: FieldValue): void {
    const at = this.#indexOf(name);
    if (at === -1) return this.#push(name, value);
    if (at < this.#sealedCount) this.#unseal();
    this.#values[at] = value;
  }

  append(name: string, value: string): void {
    const at = this.#indexOf(name);
    const present = at === -1 ? undefined : this.#values[at];
    if (at < this.#sealedCount) this.#unseal();
    if (present === undefined) this.#push(name, value);
    else if (typeof present === "string") this.#values[at] = new RepeatedValue([present, value], separatorOf(name));
    else present.push(value);
  }

  /** Lengthens the last value of the name; returns whether there is one. */
  extend(name: string, part: string): boolean {
    const at = this.#indexOf(name);
    const present = at === -1 ? undefined : this.#values[at];
    if (at < this.#sealedCount) this.#unseal();
    if (present === undefined) return false;
    if (typeof present === "string") this.#values[at] = present + part;
    else present.extend(part);
    return true;
  }

  delete(name: string): boolean {
    const at = this.#indexOf(name);
    if (at === -1) return false;
    this.#unseal();
    if (this.#index === null) {
      // New arrays: an iteration that is under way goes on with the old ones.
      this.#names = this.#names.toSpliced(at, 1);
      this.#values = this.#values.toSpliced(at, 1);
      this.#count--;
      return true;
    }
    // Moving the rest for each removal would be quadratic: leave a hole, and close up when holes are the majority.
    delete this.#index[name];
    this.#names[at] = HOLE;
    this.#values[at] = HOLE;
    if (++this.#holes * 2 > this.#count) this.#closeUp();
    return true;
  }

  /** Yields names and values in order, those added meanwhile included. */
  *entries(): Generator<[string, FieldValue], void, undefined> {
    const names = this.#names;
    const values = this.#values;
    // What is not in use is a hole as well.
    for (let i = 0; i < names.length; i++) {
      if (names[i] !== HOLE) yield [names[i], values[i]];
    }
  }

  /** Returns a copy of the fields whose names pass, with room for as many more as a proxy adds. */
  filter(keep: (name: string) => boolean): FieldMap {
    const size = this.#count + ROOM;
    const [names, values] = [new Array<string>(size).fill(HOLE), new Array<FieldValue>(size).fill(HOLE)];
    const result = new FieldMap(names, values);
    for (let i = 0; i < this.#count; i++) {
      const name = this.#names[i];
      const value = this.#values[i];
      if (name !== HOLE && keep(name)) result.#push(name, typeof value === "string" ? value : value.copy());
    }
    return result;
  }

  /** Calls a function with each value in order. It is for what every response does: a generator costs more. */
  forEach(visit: (name: string, value: string) => void): void {
    const names = this.#names;
    const values = this.#values;
    for (let i = 0; i < this.#count; i++) {
      const value = values[i];
      if (names[i] === HOLE) continue;
      if (typeof value === "string") visit(names[i], value);
      else for (const one of value.list) visit(names[i], one);
    }
  }

  /** Returns one `Name: value` line for each value. */
  serialize(lineEnd: string): string {
    const names = this.#names;
    const values = this.#values;
    const sealed = lineEnd === CRLF && this.#sealedCount > 0;
    let text = sealed ? this.#sealed : "";
    for (let i = sealed ? this.#sealedCount : 0; i < this.#count; i++) {
      const name = names[i];
      const value = values[i];
      if (name === HOLE) continue;
      if (typeof value === "string") text += name + ": " + value + lineEnd;
      else for (const one of value.list) text += name + ": " + one + lineEnd;
    }
    return text;
  }

  copy(): FieldMap {
    const values = this.#values.slice();
    const copy = new FieldMap(this.#names.slice(), values);
    for (let i = 0; i < this.#count; i++) {
      const value = values[i];
      if (typeof value !== "string") values[i] = value.copy();
    }
    copy.#count = this.#count;
    copy.#index = this.#index === null ? null : Object.assign(Object.create(null), this.#index);
    copy.#holes = this.#holes;
    copy.#sealed = this.#sealed;
    copy.#sealedCount = this.#sealedCount;
    return copy;
  }

  /**
   * Keeps the text of the present fields, for copies that mostly only get more. A text in one piece is also much
   * faster to encode than one of many.
   */
  seal(): void {
    this.#unseal();
    this.#sealed = new TextDecoder().decode(new TextEncoder().encode(this.serialize(CRLF)));
    this.#sealedCount = this.#count;
  }

  #unseal(): void {
    this.#sealed = "";
    this.#sealedCount = 0;
  }

  #indexOf(name: string): number {
    if (this.#index !== null) return this.#index[name] ?? -1;
    const names = this.#names;
    for (let i = 0; i < this.#count; i++) {
      if (names[i] === name) return i;
    }
    return -1;
  }

  #push(name: string, value: FieldValue): void {
    const at = this.#count++;
    if (at < this.#names.length) {
      this.#names[at] = name;
      this.#values[at] = value;
    } else {
      this.#names.push(name);
      this.#values.push(value);
    }
    if (this.#index !== null) this.#index[name] = at;
    else if (this.#count > LINEAR_SEARCH_LIMIT) this.#reindex();
  }

  #closeUp(): void {
    const names = this.#names;
    this.#values = this.#values.filter((_, i) => names[i] !== HOLE);
    this.#names = names.filter((name) => name !== HOLE);
    this.#count = this.#names.length;
    this.#holes = 0;
    this.#reindex();
  }

  #reindex(): void {
    this.#index = null;
    if (this.#count <= LINEAR_SEARCH_LIMIT) return;
    const index: Record<string, number> = Object.create(null);
    for (let i = 0; i < this.#count; i++) index[this.#names[i]] = i;
    this.#index = index;
  }
}
