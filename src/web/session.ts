/** A message for the next page that a visitor sees. */
export interface Flash {
  /** Its kind, such as `"error"`. */
  readonly kind: string;
  /** Its text, which a template has to escape like any other. */
  readonly text: string;
}

/**
 * The memory that a site has of one visitor between requests: `this.session` of a handler, with the setting `sessions`.
 *
 * @typeParam Data The type that the handler's `newSession` returns, which the compiler infers.
 */
export interface Session<Data extends object = object> {
  /** The values; change them as those of any object. They must survive JSON. Changes are saved at the end. */
  readonly data: Data;
  /** The user that {@linkcode Session.logIn} was called with, or `null`. */
  readonly user: string | null;
  /** Tells whether the visitor had no session before this request. */
  readonly isNew: boolean;
  /**
   * Notes that the visitor is a user. The session gets a new identifier, so that one which was known before the login,
   * perhaps because an attacker had planted it, is worth nothing. Values and messages of a visitor stay; those of
   * another user, who was logged in before, are forgotten.
   */
  logIn(user: string): void;
  /**
   * Ends the session: its values are gone, and its identifier is worth nothing. A message or a login later in the same
   * request begins another one.
   */
  end(): void;
  /** Gives the session a new identifier, as a change of rights should. */
  rotate(): void;
  /** Keeps a message for the next request that takes it. */
  flash(kind: string, text: string): void;
  /** Returns the messages that wait, and forgets them. */
  takeFlashes(): Flash[];
  /**
   * Changes the values so that no parallel request is lost, as for a counter: `change` is called again, with newer
   * values, if another request has saved meanwhile. It must do nothing but change them.
   *
   * Sessions in cookies have no common place for that: there, the response that arrives last counts.
   */
  update(change: (data: Data) => void): Promise<void>;
  /** Saves what was changed now, before the end of the request. */
  save(): Promise<void>;
}
