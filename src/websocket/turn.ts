type Callback = () => void;

/** Milliseconds of work on messages in one turn of the event loop, after which the other connections have theirs. */
const TURN_MILLISECONDS = 5;

/** When the first message of this turn came; 0 if none has come. */
let begin = 0;
/** What is left for the next turn. */
let callbacks: Callback[] = [];

/**
 * Counts a message of a socket that Deno reads; tells whether such messages have taken up this turn.
 *
 * One count for all of them: Deno hands over what has arrived in microtasks, and each of many sockets may have little.
 */
export function turnIsLong(): boolean {
  // The wall clock costs a fifth of the other one; if it is set back, this turn is a little longer.
  const now = Date.now();
  if (begin !== 0) return now - begin > TURN_MILLISECONDS;
  begin = now;
  setTimeout(endTurn, 0);
  return false;
}

/** Calls a function when the turn that {@linkcode turnIsLong} found long has ended. */
export function afterThisTurn(callback: Callback): void {
  callbacks.push(callback);
}

function endTurn(): void {
  const due = callbacks;
  begin = 0;
  callbacks = [];
  for (const callback of due) callback();
}
