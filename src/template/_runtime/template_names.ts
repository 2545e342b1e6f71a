import { jsonEncode, linkify, squeeze, urlEscape, xhtmlEscape } from "../../util/escape.ts";

/**
 * Helpers that every template sees, in any language: Tornado's names, and the camelCase form of those of several words.
 * The object has no prototype, so that a look-up finds nothing else.
 */
export const TEMPLATE_NAMES: Readonly<Record<string, unknown>> = Object.freeze({
  __proto__: null,
  escape: xhtmlEscape,
  xhtml_escape: xhtmlEscape,
  xhtmlEscape,
  url_escape: urlEscape,
  urlEscape,
  json_encode: jsonEncode,
  jsonEncode,
  squeeze,
  linkify,
});
