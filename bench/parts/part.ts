import type { PartResult } from "../report.ts";

/** How long a part measures. */
export interface PartOptions {
  readonly rounds: number;
  readonly seconds: number;
}

/** A part of `bench:all`, which can run alone. */
export interface Part {
  readonly name: string;
  /**
   * Why targets are missed, and what was tried: paragraphs that the page shows while one of them is. Each names the
   * commit of its figures.
   */
  readonly missed?: readonly string[];
  run(options: PartOptions): Promise<PartResult>;
}
