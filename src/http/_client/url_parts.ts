/** Parts of a URL that each request to it needs. */
export interface UrlParts {
  readonly host: string;
  readonly origin: string;
  /** The path with the query. */
  readonly path: string;
  readonly href: string;
  readonly hasCredentials: boolean;
}

const known = new WeakMap<URL, UrlParts>();

/** The parts of a URL, which is not changed from now on. A URL makes new strings each time it is asked. */
export function partsOf(url: URL): UrlParts {
  let parts = known.get(url);
  if (parts === undefined) {
    const { host, origin, pathname, search, href, username } = url;
    known.set(url, parts = { host, origin, path: pathname + search, href, hasCredentials: username !== "" });
  }
  return parts;
}
