import { importModule } from "../../internal/import_module.ts";

/** A message of the program to the process that restarts it. */
export interface WatchMessage {
  /** Paths of files and directories to watch. */
  readonly watch: readonly string[];
  /** Time in milliseconds since the epoch after which a change counts. */
  readonly since: number;
}

/** The answer of the program to a {@linkcode ReloadMessage}: its hooks begin to run. */
export interface ReloadingMessage {
  readonly reloading: true;
}

/** A message to the program: it has to end. */
export interface ReloadMessage {
  /** Paths of the files that were changed. */
  readonly reload: readonly string[];
}

/** A message to a process that was started in advance. */
export interface PrepareMessage {
  /** URLs of modules to load, which do nothing by themselves. */
  readonly prepare: readonly string[];
  /** Tells whether the program may have a server. */
  readonly serves: boolean;
}

/** A message to a process that was started in advance: the program begins. */
export interface BeginMessage {
  readonly begin: true;
}

/** The way from a program to the process that restarts it. */
export interface ReloadChannel {
  /** Sends paths to watch. */
  watch(paths: readonly string[]): void;
  /** Runs before the program ends. A module that has something to do sets it. */
  onReload: ((files: readonly string[]) => Promise<void>) | null;
}

/** The channel is set before the program starts, perhaps by another copy of this module. */
const CHANNEL = Symbol.for("twister.autoreload");

/** Milliseconds between two looks for the parent. */
const ORPHAN_CHECK_MS = 1000;

/** Milliseconds that a program without a parent has to end, such as to drain its server. */
const ORPHAN_MS = 3000;

/** Exit code of a shell for a program that SIGTERM ended. */
const TERMINATED = 143;

/** Returns the channel of this process; `null` if nothing restarts it. */
export function reloadChannel(): ReloadChannel | null {
  return Reflect.get(globalThis, CHANNEL) ?? null;
}

/**
 * Connects a program to the process that restarts it. It is preloaded into the program, which Deno reads only when the
 * promise has resolved.
 *
 * @param parent Number of the process that restarts it, which may be gone before this is called.
 * @param inAdvance Tells whether to wait for a {@linkcode BeginMessage}.
 */
export async function connect(parent: number, inAdvance: boolean): Promise<void> {
  // Not for everyone who asks whether there is a channel.
  const { default: process } = await import("node:process");
  const channel: ReloadChannel = {
    watch: (paths) => void process.send?.({ watch: paths, since: Date.now() } satisfies WatchMessage),
    onReload: null,
  };
  Reflect.set(globalThis, CHANNEL, channel);
  const beginning = Promise.withResolvers<void>();
  let prepared: Promise<unknown> | null = null;
  process.on("message", async (message: PrepareMessage | BeginMessage | ReloadMessage) => {
    if ("prepare" in message) prepared = prepare(message);
    if ("begin" in message) beginning.resolve();
    if (!("reload" in message)) return;
    const { reload } = message;
    process.send?.({ reloading: true } satisfies ReloadingMessage);
    // A program without this library has no log.
    if (channel.onReload === null) console.error(`[autoreload] ${reload.join(", ")} modified; restarting`);
    else await channel.onReload(reload);
    Deno.exit(0);
  });
  const orphaned = () => {
    clearInterval(timer);
    process.off("disconnect", orphaned);
    end();
  };
  process.on("disconnect", orphaned);
  // Deno does not always tell that the channel is closed.
  const timer = setInterval(() => {
    if (Deno.ppid !== parent) orphaned();
  }, ORPHAN_CHECK_MS);
  Deno.unrefTimer(timer);
  if (inAdvance) await beginning.promise;
  await prepared;
  // The channel must not keep a program alive that has nothing left to do.
  process.channel?.unref();
}

/** Does what the start of a program takes time for. An error shows again when the program gets to it. */
async function prepare({ prepare, serves }: PrepareMessage): Promise<void> {
  await Promise.allSettled(prepare.map(importModule));
  if (!serves) return;
  const { handleBinding } = await import("../_transport/handle_binding.ts");
  handleBinding();
}

/** Ends a program whose parent is gone, by the signal for which it may have a handler, and if that does not end it. */
function end(): void {
  Deno.unrefTimer(setTimeout(() => Deno.exit(TERMINATED), ORPHAN_MS));
  try {
    Deno.kill(Deno.pid, "SIGTERM");
  } catch {
    // Without the permission to send signals.
    Deno.exit(TERMINATED);
  }
}
