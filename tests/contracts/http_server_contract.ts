/**
 * What an application may rely on, whichever engine serves it: every case runs against each of them.
 *
 * @module
 */
import { applicationContract } from "./_http_server/application.ts";
import { applicationErrorContract } from "./_http_server/application_errors.ts";
import { applicationStreamContract } from "./_http_server/application_streams.ts";
import { argumentContract } from "./_http_server/arguments.ts";
import { coalescingContract } from "./_http_server/coalescing.ts";
import { crossOriginContract } from "./_http_server/cross_origin.ts";
import type { Engine } from "./_http_server/engine.ts";
import { eventStreamContract } from "./_http_server/event_streams.ts";
import { failureContract } from "./_http_server/failures.ts";
import { lifecycleContract } from "./_http_server/lifecycle.ts";
import { peerContract } from "./_http_server/peers.ts";
import { requestBodyContract } from "./_http_server/request_bodies.ts";
import { requestContract } from "./_http_server/requests.ts";
import { responseContract } from "./_http_server/responses.ts";
import type { Way } from "./_http_server/site.ts";
import { streamingContract } from "./_http_server/streaming.ts";

/** Registers the cases on servers for an engine. */
export function httpServerContract(engine: Engine): void {
  responseContract(engine);
  streamingContract(engine);
  requestContract(engine);
  requestBodyContract(engine);
  failureContract(engine);
  peerContract(engine);
  lifecycleContract(engine);
}

/** Registers the cases on applications for a way to them. */
export function siteContract(way: Way): void {
  applicationContract(way);
  applicationErrorContract(way);
  argumentContract(way);
  crossOriginContract(way);
  applicationStreamContract(way);
  eventStreamContract(way);
  coalescingContract(way);
}
