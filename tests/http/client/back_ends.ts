// The two implementations of the client, which the contract tests run over.
import { FetchAsyncHTTPClient } from "../../../src/http/fetch_httpclient.ts";
import type { AsyncHTTPClient, AsyncHTTPClientOptions } from "../../../src/http/httpclient.ts";
import { SimpleAsyncHTTPClient } from "../../../src/http/simple_httpclient.ts";
import { test, type TestContext } from "../../support/test.ts";

/** An implementation of `AsyncHTTPClient`. */
export interface BackEnd {
  /** What the names of its tests say. */
  readonly name: string;
  /** Makes a client with connections of its own. */
  make(options?: AsyncHTTPClientOptions): AsyncHTTPClient;
}

/** The client on our own streams. */
export const SIMPLE: BackEnd = {
  name: "SimpleAsyncHTTPClient",
  make: (options) => new SimpleAsyncHTTPClient({ forceInstance: true, ...options }),
};

/** The client on Deno's fetch. */
export const FETCH: BackEnd = {
  name: "FetchAsyncHTTPClient",
  make: (options) => new FetchAsyncHTTPClient({ forceInstance: true, ...options }),
};

/** Both. */
export const BACK_ENDS: readonly BackEnd[] = [SIMPLE, FETCH];

/** Registers a test for each back end. */
export function clientTest(
  name: string,
  run: (make: BackEnd["make"], backEnd: BackEnd) => void | Promise<void>,
  backEnds: readonly BackEnd[] = BACK_ENDS,
  prepare: (t: TestContext) => void = () => {},
): void {
  for (const backEnd of backEnds) {
    test(`${backEnd.name}: ${name}`, (t) => {
      prepare(t);
      return run(backEnd.make, backEnd);
    });
  }
}
