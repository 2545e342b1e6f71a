import { linkify, squeeze, urlEscape } from "../../util/escape.ts";
import { call } from "./call.ts";
import { defineFunctions } from "./define_methods.ts";
import { PythonError, TYPE_ERROR } from "./exceptions.ts";
import { dumps } from "./json_module.ts";
import { str } from "./text.ts";
import { isTrue, iterate, typeName } from "./values.ts";

function text(value: unknown): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  throw new PythonError(TYPE_ERROR, `Expected bytes or unicode string; got '${typeName(value)}'`);
}

/** The helpers of Tornado's templates whose parameters or results are not those of the functions of this package. */
export const TORNADO_NAMES: Readonly<Record<string, unknown>> = defineFunctions({
  json_encode: ["value", (value) => dumps(value).replaceAll("</", "<\\/")],
  linkify: [
    "text shorten? extra_params? require_protocol? permitted_protocols?",
    (source, shorten, extraParams, requireProtocol, permittedProtocols) =>
      linkify(text(source), {
        shorten: isTrue(shorten),
        extraParams: typeof extraParams === "function"
          ? (href) => str(call(extraParams, href))
          : str(extraParams ?? ""),
        requireProtocol: isTrue(requireProtocol),
        ...(permittedProtocols === undefined
          ? {}
          : { permittedProtocols: Array.from(iterate(permittedProtocols), str) }),
      }),
  ],
  squeeze: ["value", (value) => {
    if (typeof value === "string") return squeeze(value);
    throw new PythonError(TYPE_ERROR, "cannot use a string pattern on a bytes-like object");
  }],
  url_escape: ["value plus?", (value, plus) => urlEscape(text(value), isTrue(plus ?? true))],
});
