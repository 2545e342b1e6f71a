import type { HTTPServerOptions } from "../http/httpserver.ts";
import type { SSLOptions } from "../net/netutil.ts";
import { AsyncHTTPTestCase } from "./async_http_test_case.ts";
import { TEST_AUTHORITY, TEST_CERTIFICATE, TEST_KEY } from "./_certificate.ts";
import type { HTTPClient } from "./http_client.ts";
import { PortClient } from "./_port_client.ts";

/**
 * A test case with a server that speaks TLS. Tornado's `AsyncHTTPSTestCase`.
 *
 * Unless {@linkcode AsyncHTTPSTestCase.getSslOptions} says otherwise, the server has a certificate for tests, which the
 * client trusts.
 *
 * @example
 * ```ts
 * import { AsyncHTTPSTestCase } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Protocol extends RequestHandler {
 *   override get(): void {
 *     this.write(this.request.protocol);
 *   }
 * }
 * class SecureTest extends AsyncHTTPSTestCase {
 *   override getApp(): Application {
 *     return new Application([["/", Protocol]]);
 *   }
 *   async testProtocol(): Promise<void> {
 *     assertEquals((await this.fetch("/")).text, "https");
 *   }
 * }
 * await new SecureTest("testProtocol").run();
 * ```
 */
export class AsyncHTTPSTestCase extends AsyncHTTPTestCase {
  /** Returns the certificate and the key for tests, in PEM, and the authority that clients have to trust. */
  static defaultSslOptions(): SSLOptions {
    return { cert: TEST_CERTIFICATE, key: TEST_KEY, caCerts: TEST_AUTHORITY };
  }

  /** Makes a client that trusts the certificate for tests. */
  override getHttpClient(): HTTPClient {
    return new PortClient(TEST_AUTHORITY);
  }

  /** Returns the options of the server, with those of TLS. */
  override getHttpserverOptions(): HTTPServerOptions {
    return { sslOptions: this.getSslOptions() };
  }

  /** Returns the options of TLS; a subclass may override it. */
  getSslOptions(): SSLOptions {
    return AsyncHTTPSTestCase.defaultSslOptions();
  }

  /** Returns the protocol of the server. */
  override getProtocol(): "http" | "https" {
    return "https";
  }
}
