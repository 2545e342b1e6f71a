/**
 * The parts of the web framework for other folders of this library: responses that go on, for streams of another format
 * than events, what a login guards, the private parts of handlers, an end without a promise or by an error, a look at
 * empty answers, and the Content-Type of JSON. It is not an entry of the package.
 *
 * The maker of a `StreamWriter` has set the status, and calls `beginStream` for the headers. The writer tells when the
 * stream has ended, and for what reason.
 *
 * @module
 */
export {
  beginStream,
  type StreamEnd,
  type StreamFormat,
  type StreamSettings,
  StreamWriter,
} from "./_event_stream/stream_writer.ts";
export { endWithError } from "./_request_handler/end_with_error.ts";
export {
  CHECK_EMPTY,
  nonceOf,
  replaceState,
  sessionOf,
  setSession,
  stateOf,
} from "./_request_handler/private_parts.ts";
export { isAuthenticated } from "./decorators.ts";
export { finishQuietly, setJsonType } from "./request_handler.ts";
