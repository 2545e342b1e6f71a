// The parts of docs/benchmarks.md, in the order of the page.
import { closing } from "./closing.ts";
import { compressed } from "./compressed.ts";
import { connections } from "./connections.ts";
import { cookies } from "./cookies.ts";
import { echo } from "./echo.ts";
import { files } from "./files.ts";
import { growth } from "./growth.ts";
import { hello } from "./hello.ts";
import type { Part } from "./part.ts";
import { pings } from "./pings.ts";
import { routes } from "./routes.ts";
import { scale } from "./scale.ts";
import { start } from "./start.ts";
import { templates } from "./templates.ts";
import { tls } from "./tls.ts";
import { topics } from "./topics.ts";
import { uploads } from "./uploads.ts";
import { websockets } from "./websockets.ts";
import { bodies, work } from "./work.ts";

/** All parts. */
export const PARTS: readonly Part[] = [
  hello,
  connections,
  closing,
  tls,
  work,
  bodies,
  cookies,
  compressed,
  files,
  uploads,
  echo,
  routes,
  templates,
  websockets,
  topics,
  pings,
  scale,
  start,
  growth,
];
