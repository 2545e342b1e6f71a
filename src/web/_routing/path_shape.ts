/** The text that a path must have between two slashes to be matched. */
export interface SegmentShape {
  /** The beginning of the segment. */
  readonly prefix: string;
  /** Tells whether that is all of it; otherwise anything without a slash may follow. */
  readonly whole: boolean;
}

/** The traits that all paths of a pattern share. Not every path with this shape is matched. */
export interface PathShape {
  /** The segments that the path begins with. */
  readonly segments: readonly SegmentShape[];
  /** The beginning of the text after their last slash, or `null` if the path ends with the last of the segments. */
  readonly tail: string | null;
}

/** The shape of a pattern of which nothing is known. */
const ANY_PATH: PathShape = { segments: [], tail: "" };

/** An atom that matches no slash, however often it is repeated. */
const NO_SLASH = 0;
/** An atom of which nothing is known. */
const ANYTHING = 1;
/** A character that stands for itself, or one of the two above. */
type Atom = string | typeof NO_SLASH | typeof ANYTHING;

const REPEAT = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y;
const CLASS = /\[(?:[^\]\\]|\\.)*\]/y;
const GROUP = /\((?:\?(?::|<[\p{ID_Start}$_][\p{ID_Continue}$]*>))?/uy;

/**
 * Finds out which shape the paths have that a pattern matches from their start.
 *
 * It reads the parts that it knows, and takes a part that it does not know for one that matches anything.
 */
export function pathShape({ source, flags }: RegExp): PathShape {
  // Other flags change what characters and anchors match.
  return /^[ds]*$/.test(flags) ? new ShapeReader(source).read() : ANY_PATH;
}

class ShapeReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): PathShape {
    const segments: SegmentShape[] = [];
    let prefix = "";
    let whole = true;
    let open = false;
    let ended = false;
    if (this.#source.startsWith("^")) this.#at++;
    while (this.#at < this.#source.length) {
      // The part before the bar is only one of several patterns.
      if (this.#source[this.#at] === "|") return ANY_PATH;
      if (this.#source[this.#at] === "$" && this.#at === this.#source.length - 1) {
        ended = true;
        break;
      }
      const atom = this.#atom();
      const repeated = this.#take(REPEAT) !== "";
      // Only a bar is of interest any more.
      if (open) continue;
      if (atom === ANYTHING || (atom === "/" && repeated)) {
        open = true;
      } else if (atom === "/") {
        segments.push({ prefix, whole });
        prefix = "";
        whole = true;
      } else if (atom === NO_SLASH || repeated) {
        whole = false;
      } else if (whole) {
        prefix += atom;
      }
    }
    if (open || !ended) return { segments, tail: prefix };
    segments.push({ prefix, whole });
    return { segments, tail: null };
  }

  #atom(): Atom {
    const source = this.#source;
    const c = source[this.#at] ?? "";
    switch (c) {
      case "(":
        return this.#group();
      case "[":
        return new RegExp(`^${this.#take(CLASS)}$`).test("/") ? ANYTHING : NO_SLASH;
      case "\\":
        this.#at += 2;
        return escaped(source[this.#at - 1] ?? "");
      default:
        this.#at++;
        return ".^${".includes(c) ? ANYTHING : c;
    }
  }

  #group(): Atom {
    const start = this.#take(GROUP);
    // Behind a question mark there are flags, or a look at what follows or came before.
    let atom: Atom = this.#source[this.#at] === "?" ? ANYTHING : NO_SLASH;
    if (start === "(" && atom === ANYTHING) this.#at++;
    while (this.#source[this.#at] !== ")") {
      if (this.#source[this.#at] === "|") {
        this.#at++;
        continue;
      }
      const inner = this.#atom();
      this.#take(REPEAT);
      if (inner === "/" || inner === ANYTHING) atom = ANYTHING;
    }
    this.#at++;
    return atom;
  }

  /** Moves past a match at this place, and returns its text, which is empty if there is none. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [text = ""] = pattern.exec(this.#source) ?? [];
    this.#at += text.length;
    return text;
  }
}

/** The atom that a backslash makes of a character. The digits of a number may follow, and say nothing more. */
function escaped(c: string): Atom {
  if (!/[A-Za-z0-9]/.test(c)) return c;
  return "dwsbBtnrfv".includes(c) ? NO_SLASH : ANYTHING;
}
