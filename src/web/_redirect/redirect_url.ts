/** Options of `redirect`. */
export interface RedirectOptions {
  /**
   * Makes the status 301 instead of 302.
   *
   * @default {false}
   */
  permanent?: boolean;
  /**
   * Another status, from 300 to 399.
   *
   * @default {301 or 302}
   */
  status?: number;
}

const BEYOND_ASCII = /[\u0080-\u{10ffff}]+/gu;

/** Percent-encodes what a URL must not have because it is not ASCII (RFC 3987 section 3.1). */
export function asciiUrl(url: string): string {
  return url.toWellFormed().replace(BEYOND_ASCII, encodeURIComponent);
}

/** To browsers a backslash is a slash, as the URL standard has it for `http`. */
const TWO_SLASHES = /^[/\\]{2}/;

/** Tells whether a path, sent as a `Location`, would be the name of another host: `//host/`. */
export function leadsToOtherHost(path: string): boolean {
  return TWO_SLASHES.test(path);
}

/** A field, or an escaped brace. */
const FIELD = /\{\{|\}\}|\{(\w*)\}|[{}]/g;

/** Characters that a URL must not have, or that would end the path or change the meaning of `%`. */
const UNSAFE = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/gu;

/**
 * Puts the values of groups into a URL, by the part of Python's `str.format` that makes sense there: `{0}` or `{}` for
 * the groups in order, `{name}` for one with a name, `{{` and `}}` for braces.
 *
 * The values were decoded, so characters that a path must not have are encoded again; Tornado inserts them unchanged.
 *
 * @throws {RangeError} If a group does not exist.
 * @throws {SyntaxError} If a brace has no partner.
 */
export function formatUrl(
  url: string,
  pathArgs: readonly (string | null)[],
  pathKwargs: Readonly<Record<string, string | null>>,
): string {
  let next = 0;
  return url.replace(FIELD, (field: string, name: string | undefined) => {
    if (field === "{{" || field === "}}") return field.charAt(0);
    if (name === undefined) throw new SyntaxError(`Cannot format the URL "${url}": single "${field}"`);
    const value = /^\d*$/.test(name) ? pathArgs[name === "" ? next++ : Number(name)] : ownValue(pathKwargs, name);
    if (value === undefined) throw new RangeError(`Cannot format the URL "${url}": there is no group "${name}"`);
    return value === null ? "" : value.toWellFormed().replace(UNSAFE, encodeURIComponent);
  });
}

/** The URL of a request may have either scheme, and "https:host" is relative only to the same one. */
const BASES = ["http://twister.invalid/", "https://twister.invalid/"];

/**
 * Tells whether the groups of a redirect changed its scheme or host, parsed as browsers do. The template fixes both, or
 * the request does if the template is relative. A group may only name subdomains of a fixed host, as in
 * `https://{0}.example.com/`.
 *
 * @param url What {@linkcode formatUrl} made of the template.
 */
export function leavesSite(url: string, template: string): boolean {
  const example = exampleOf(template);
  return url !== example && BASES.some((base) => {
    const target = URL.parse(url, base);
    const fixed = URL.parse(example, base);
    return target === null || fixed === null || target.protocol !== fixed.protocol ||
      target.username !== fixed.username || target.password !== fixed.password ||
      target.port !== fixed.port || !isWithin(target.hostname, fixed.hostname);
  });
}

/** The beginning of a URL with a host, up to the end of the host. */
const AUTHORITY = /^(?:[^/\\?#]*:)?[/\\]{2}[^/\\?#]*/;

/** Formats a template with groups that add nothing to its host, and the shortest element to its path. */
function exampleOf(template: string): string {
  const end = AUTHORITY.exec(template)?.[0].length ?? 0;
  return template.replace(FIELD, (field, name: string | undefined, offset: number) => {
    if (name === undefined) return field.charAt(0);
    return offset < end ? "" : "x";
  });
}

function isWithin(host: string, fixed: string): boolean {
  return host === fixed || (/^\.+[^.]/.test(fixed) && host.endsWith(fixed.replace(/^\.+/, ".")));
}

function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Inserts the query of a request into a URL, before its fragment. */
export function appendQuery(url: string, query: string): string {
  if (query === "") return url;
  const hash = url.indexOf("#");
  const base = hash < 0 ? url : url.slice(0, hash);
  const fragment = hash < 0 ? "" : url.slice(hash);
  // A byte that the client sent raw is one character.
  const encoded = query.replace(
    /[^\x21\x24-\x7e]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return `${base}${base.includes("?") ? "&" : "?"}${encoded}${fragment}`;
}
