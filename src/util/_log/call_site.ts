/** Place of a logging call in its program. */
export interface CallSite {
  /** File name without folder and extension. */
  readonly module: string;
  /** The file's URL or path as the engine prints it. */
  readonly pathname: string;
  /** Line, counted from 1; 0 when not known. */
  readonly lineno: number;
}

const UNKNOWN: CallSite = { module: "?", pathname: "?", lineno: 0 };

/** A frame ends in `file:line:column`, in brackets when the function has a name. */
const FRAME = /\(?([^\s()]+):(\d+):\d+\)?$/;

/**
 * The file whose frames mark the border between the log machinery and its caller. The first `URL` of a process would
 * take 4 ms of its start.
 */
const LOGGER_URL = `${import.meta.url.slice(0, import.meta.url.lastIndexOf("/"))}/logger.ts`;

/**
 * Frames kept while looking for the caller: formatters and handlers of an application lie above it. V8's usual 10 is
 * too few, and an unlimited stack costs more than it tells.
 */
const STACK_DEPTH = 32;

/** Frames below that of the logger which makes a record: one more of the logger, and the caller. */
const CALL_DEPTH = 2;

/** A function of the logger that is running. */
export type LogCall = (...args: never[]) => unknown;

/**
 * Finds the logging call that is running: the first stack frame below those of the logger. `below` is the function of
 * the logger that made the record, if it is known.
 *
 * A frame costs 15 microseconds, for which Deno looks up its place in the source, and a log line without its place 30.
 * So only a formatter that prints the place asks, and for the few frames that may be the caller's.
 */
export function findCaller(below: LogCall | null): CallSite {
  const near = below === null ? null : firstOutside(framesBelow(below));
  return near ?? findCallerOf((file) => file === LOGGER_URL);
}

/** Returns the frames below a function that is running; none if it is not. */
function framesBelow(fn: LogCall): string {
  const limit = Error.stackTraceLimit;
  const holder: { stack?: string } = {};
  Error.stackTraceLimit = CALL_DEPTH;
  Error.captureStackTrace(holder, fn);
  // The text is made at first use, with the limit that was in force above.
  Error.stackTraceLimit = limit;
  return holder.stack ?? "";
}

function firstOutside(stack: string): CallSite | null {
  for (const line of stack.split("\n")) {
    const site = siteOf(line);
    if (site !== null && site.pathname !== LOGGER_URL) return site;
  }
  return null;
}

function siteOf(line: string): CallSite | null {
  const frame = FRAME.exec(line);
  const pathname = frame?.[1];
  return pathname === undefined ? null : { module: moduleName(pathname), pathname, lineno: Number(frame?.[2]) };
}

/**
 * Finds the first stack frame below those of a part of the library.
 *
 * @param isOwn Tells whether a file belongs to the part.
 */
export function findCallerOf(isOwn: (file: string) => boolean): CallSite {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_DEPTH;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = limit;
  let inside = false;
  for (const line of stack.split("\n")) {
    const site = siteOf(line);
    if (site === null) continue;
    if (isOwn(site.pathname)) inside = true;
    else if (inside) return site;
  }
  return UNKNOWN;
}

function moduleName(pathname: string): string {
  const file = pathname.slice(Math.max(pathname.lastIndexOf("/"), pathname.lastIndexOf("\\")) + 1);
  const dot = file.lastIndexOf(".");
  return dot > 0 ? file.slice(0, dot) : file;
}
