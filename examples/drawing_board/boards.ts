// All boards by name, and how much one page may send; no HTTP here either.
import { Board } from "./board.ts";

/** Boards are made by whoever names them first; the bound keeps a stranger from filling the memory with them. */
export const MAX_BOARDS = 100;
/** Five fingers at 60 frames a second, the cursor, and as much again for what a slow line brings at once. */
export const MAX_MESSAGES_A_SECOND = 700;

/** The boards, the one that was left longest ago first. */
export class Boards {
  #boards: Map<string, Board> = new Map();

  /** How many there are. */
  get size(): number {
    return this.#boards.size;
  }

  /** The board of that name, made when needed; `null` when there are too many, and people at all of them. */
  open(name: string): Board | null {
    let board = this.#boards.get(name);
    if (board === undefined) {
      if (this.#boards.size >= MAX_BOARDS) this.#forgetOne();
      if (this.#boards.size >= MAX_BOARDS) return null;
      board = new Board(name);
      this.#boards.set(name, board);
    }
    return board;
  }

  /** Somebody has left the board: it is forgotten if it is empty, and else kept as long as there is room. */
  release(board: Board): void {
    if (board.people.length > 0) return;
    this.#boards.delete(board.name);
    if (board.size > 0) this.#boards.set(board.name, board);
  }

  #forgetOne(): void {
    for (const { name, people } of this.#boards.values()) {
      if (people.length === 0) {
        this.#boards.delete(name);
        return;
      }
    }
  }
}

/** Counts the messages of one client by the second. */
export class Allowance {
  #second = 0;
  #used = 0;

  /** Whether one more message is allowed at `now`, in milliseconds. */
  take(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#used = 0;
    }
    return ++this.#used <= MAX_MESSAGES_A_SECOND;
  }
}
