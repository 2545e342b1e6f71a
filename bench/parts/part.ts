import type { PartResult } from "../report.ts";

/** How long a part measures. */
export interface PartOptions {
  readonly rounds: number;
  readonly seconds: number;
}

/** A part of `bench:all`, which can run alone. */
export interface Part {
  readonly name: string;
  run(options: PartOptions): Promise<PartResult>;
}
