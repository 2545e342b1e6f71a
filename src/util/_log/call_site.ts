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

/** The file whose frames mark the border between the log machinery and its caller. */
const LOGGER_URL = new URL("./logger.ts", import.meta.url).href;

/**
 * Frames kept while looking for the caller: formatters and handlers of an application lie above it. V8's usual 10 is
 * too few, and an unlimited stack costs more than it tells.
 */
const STACK_DEPTH = 32;

/**
 * Finds the logging call that is running: the first stack frame below those of the logger.
 *
 * A stack costs microseconds, so only a formatter that prints the place takes one.
 */
export function findCaller(): CallSite {
  return findCallerOf((file) => file === LOGGER_URL);
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
    const frame = FRAME.exec(line);
    const pathname = frame?.[1];
    if (pathname === undefined) continue;
    if (isOwn(pathname)) {
      inside = true;
    } else if (inside) {
      return { module: moduleName(pathname), pathname, lineno: Number(frame?.[2]) };
    }
  }
  return UNKNOWN;
}

function moduleName(pathname: string): string {
  const file = pathname.slice(Math.max(pathname.lastIndexOf("/"), pathname.lastIndexOf("\\")) + 1);
  const dot = file.lastIndexOf(".");
  return dot > 0 ? file.slice(0, dot) : file;
}
