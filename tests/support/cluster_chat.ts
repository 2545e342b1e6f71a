/**
 * The example `cluster_chat` for tests: three nodes and Redis.
 *
 * @module
 */
import { type Program, startProgram } from "./program.ts";

const permissions = ["--allow-run", "--allow-read", "--allow-write"];
/** Other programs may take one of the four ports. */
const ATTEMPTS = 5;

/** Starts the chat on four ports in a row that were free a moment ago. It needs redis-server. */
export async function startClusterChat(): Promise<Program> {
  for (let attempt = 1;; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      for (let i = 0; i < 4; i++) Deno.listen({ hostname: "127.0.0.1", port: port + i }).close();
      return await startProgram("examples/cluster_chat/main.ts", { port, permissions });
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
