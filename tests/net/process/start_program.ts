// A server that starts its own workers: [how] [mode] [port or descriptor].
import { HTTPServer } from "../../../src/http/httpserver.ts";
import { type SupervisorMode, taskId } from "../../../src/net/process.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";

const [how = "listen", modeName = "processes", what = "0"] = Deno.args;
const mode: SupervisorMode = modeName === "threads" ? "threads" : "processes";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write(String(taskId()));
  }
}

const app = new Application([["/", MainHandler]]);
const address = "127.0.0.1";
const supervision = { mode, permissions: mode === "processes" ? ["--allow-net"] : [] };
switch (how) {
  case "listen": {
    const server = app.listen(0, { address, workers: 2, supervision });
    console.log(`listening ${server.port} as ${taskId()}`);
    break;
  }
  case "start": {
    const server = new HTTPServer(app);
    server.bind(0, { address });
    server.start(2, supervision);
    console.log(`listening ${server.port} as ${taskId()}`);
    break;
  }
  case "drain": {
    const server = app.listen(0, { address, workers: 2, supervision });
    if (taskId() !== null) break;
    const answer = await fetchWhenReady(server.port);
    console.log(`answer ${answer}, drained ${await server.drain(5)}`);
    break;
  }
  case "deno": {
    // Without handles.
    app.listen(Number(what), { address, transport: "deno", workers: 2, supervision });
    console.log(`listening ${what} as ${taskId()}`);
    break;
  }
  case "tls": {
    const certs = new URL("../../support/certs/", import.meta.url).pathname;
    const sslOptions = { certfile: `${certs}server.pem`, keyfile: `${certs}server_key.pem` };
    const server = app.listen(0, { address, sslOptions, workers: 2, supervision: { mode } });
    console.log(`listening ${server.port} as ${taskId()}`);
    break;
  }
  case "permissions": {
    app.listen(0, { address, workers: 2, supervision: what === "0" ? {} : { permissions: [what] } });
    const states = (["net", "read", "env", "run"] as const).map((name) => Deno.permissions.querySync({ name }).state);
    console.log(states.join(" "));
    break;
  }
  case "fd": {
    app.listen(0, { fd: Number(what), workers: 2, supervision });
    console.log(`listening as ${taskId()}`);
  }
}

async function fetchWhenReady(port: number): Promise<string> {
  return await (await fetch(`http://${address}:${port}/`)).text();
}
