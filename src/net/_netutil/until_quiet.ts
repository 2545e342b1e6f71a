/** Turns of the event loop, of a millisecond or more, in which nothing has to arrive: some round trips on a host. */
const QUIET_TURNS = 25;
/** Turns after which it is enough, since clients may go on to arrive for ever. */
const MOST_TURNS = 200;

/** Waits until `count` stays the same for a moment: until whatever the kernel has already accepted has arrived. */
export async function untilQuiet(count: () => number, seconds: number): Promise<void> {
  const most = Math.min(MOST_TURNS, seconds * 1000);
  let last = count();
  for (let quiet = 0, turns = 0; quiet < QUIET_TURNS && turns < most; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    quiet = count() === last ? quiet + 1 : 0;
    last = count();
  }
}
