import type { HTTPInputError } from "../_httputil/errors.ts";

/** What drives an exchange: it learns of the changes that concern the connection. */
export interface ExchangeDriver {
  /** The exchange wants body bytes again. */
  wanted(): void;
  /** Bytes were written, or wait to be. */
  wrote(): void;
  /** The exchange is over; `keepAlive` tells whether another may follow. */
  finished(keepAlive: boolean): void;
  /** The exchange is over and the peer has been told so; unread input may follow. */
  failed(error: HTTPInputError | null): void;
  /** The application has taken the stream. */
  detached(): void;
}
