import { type HTTPMessageDelegate, type HTTPServerRequest, RequestStartLine } from "../../http/httputil.ts";

/** Gives a request that is complete to a delegate, in the order in which a connection would. */
export async function feedRequest(delegate: HTTPMessageDelegate, request: HTTPServerRequest): Promise<void> {
  const { method, uri, version, headers, body } = request;
  await delegate.headersReceived(new RequestStartLine(method, uri, version), headers);
  if (body.length > 0) await delegate.dataReceived(body);
  delegate.finish();
}
