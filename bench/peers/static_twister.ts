// The files of a directory on Twister, on the engine that --engine names.
import { Application, StaticFileHandler } from "../../src/web/mod.ts";
import { argument } from "../support.ts";

const app = new Application([["/(.*)", StaticFileHandler, { path: argument("root", ".") }]]);
const address = "127.0.0.1";
const server = argument("engine", "listen") === "serve"
  ? app.listen(0, { engine: "serve", address })
  : app.listen(0, { address });
console.log(`listening ${server.port}`);
