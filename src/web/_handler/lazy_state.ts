import type { PageState } from "../_render/page_state.ts";
import type { RawXsrfToken } from "../xsrf.ts";

/** What only some requests need of their handler, so that the others pay one field for all of it. */
export class LazyState {
  /** The XSRF token without its mask, once it was asked for. */
  rawXsrfToken: RawXsrfToken | null = null;
  /** The same as text, as this response shows it. */
  xsrfToken: string | null = null;
  /** The user, once it is known who it is. */
  user: { readonly value: unknown } | null = null;
  /** What templates and translations need. */
  page: PageState | null = null;
  /** What is to be done at the end of the request, whatever that is. */
  readonly cleanups: (() => void)[] = [];
}
