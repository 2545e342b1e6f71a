/**
 * Tests of applications: a client without a network, a clock that a test advances, and Tornado's test cases. Tornado's
 * `tornado.testing`.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Hello extends RequestHandler {
 *   override get(): void {
 *     this.write("Hello, world");
 *   }
 * }
 *
 * Deno.test("the page greets", async () => {
 *   await using client = new TestClient(new Application([["/", Hello]]));
 *   assertEquals((await client.get("/")).text, "Hello, world");
 * });
 * ```
 *
 * @module
 */
export { AsyncHTTPTestCase } from "./async_http_test_case.ts";
export { AsyncHTTPSTestCase } from "./async_https_test_case.ts";
export { AsyncTestCase, type TestCaseClass } from "./async_test_case.ts";
export { getAsyncTestTimeout } from "./async_test_timeout.ts";
export { bindUnusedPort } from "./bind_unused_port.ts";
export { CookieJar, type CookieTarget } from "./cookie_jar.ts";
export { ExpectLog, expectLog, type ExpectLogOptions } from "./expect_log.ts";
export { FakeClock, type FakeClockOptions, settled } from "./fake_clock.ts";
export { type GenTest, genTest, type GenTestDecorator, type GenTestOptions, type TestMethod } from "./gen_test.ts";
export { HTTPClientError } from "../http/httpclient.ts";
export type { FetchBody, FetchOptions, HTTPClient } from "./http_client.ts";
export { type MockedRequest, MockHTTPClient, type MockReply, type MockResponder } from "./mock_http_client.ts";
export { RawConnection } from "./raw_connection.ts";
export { main, register, type RegisterOptions } from "./register.ts";
export { StreamedResponse } from "./streamed_response.ts";
export { TestClient, type TestClientOptions, type TestRequestOptions, type WireOptions } from "./test_client.ts";
export { type ReceiveOptions, type ServerSentEvent, TestEventStream } from "./test_event_stream.ts";
export { type TestRequest, TestResponse, type TestResponseParts } from "./test_response.ts";
export { TestWebSocket, type TestWebSocketOptions } from "./test_web_socket.ts";
