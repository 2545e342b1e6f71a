import { isPlainObject } from "../../internal/json_object.ts";
import { HTTPError, RequestHandler } from "../../web/mod.ts";
import type { RealtimeServer } from "./rules.ts";

/**
 * Takes commands of clients whose stream is a response: the name of the session, which only they know, lets them in.
 */
export class EmulationHandler extends RequestHandler {
  declare readonly kwargs: { readonly server: RealtimeServer };

  override checkXsrfCookie(): void {}
  override checkCrossOrigin(): void {}

  override async post(): Promise<void> {
    const { server } = this.kwargs;
    const body = this.getBodyJson();
    if (!isPlainObject(body)) throw new HTTPError(400, "The body is not an object");
    const { session: id, node, data } = body;
    if (typeof id !== "string" || typeof node !== "string" || typeof data !== "string") {
      throw new HTTPError(400, "The body lacks session, node or data");
    }
    if (data.length > server.settings.maxFrameSize) throw new HTTPError(413);
    // The client then connects again, and may come to that process or this one.
    if (node !== server.node) throw new HTTPError(404, "The session is on another node");
    this.setStatus(204);
    // A session that is gone: its client learns that by the end of its stream.
    await server.session(id)?.receive(data);
  }
}
