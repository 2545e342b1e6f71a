import { jsonEncode, linkify, squeeze, urlEscape, xhtmlEscape } from "../../util/escape.ts";

/**
 * The names that every template has, whatever its language: Tornado's, and those of several words in this project's
 * spelling as well. No prototype, so that a look-up finds nothing else.
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
