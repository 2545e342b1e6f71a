/** Finds what {@linkcode escapeSpecials} replaces. Tested far more often than found, so callers do the testing. */
export const HTML_SPECIAL: RegExp = /[&<>"']/;

const HTML_SPECIALS = /[&<>"']/g;

/** The references by code, and nothing for the codes between them. */
const REFERENCES: readonly string[] = Array.from({ length: 0x3f }, (_, code) => {
  switch (code) {
    case 0x22:
      return "&quot;";
    case 0x26:
      return "&amp;";
    case 0x27:
      return "&#x27;";
    case 0x3c:
      return "&lt;";
    case 0x3e:
      return "&gt;";
    default:
      return "";
  }
});

/** Measured: below this length a loop over the codes is faster than a regular expression, above it slower. */
const SHORT = 64;

/**
 * `xhtmlEscape` of a text in which {@linkcode HTML_SPECIAL} was found, in a third of the time that `replace` with a
 * function takes.
 */
export function escapeSpecials(text: string): string {
  let html = "";
  let done = 0;
  if (text.length <= SHORT) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x22 || code > 0x3e) continue;
      const reference = REFERENCES[code];
      if (reference === "") continue;
      html += text.slice(done, i) + reference;
      done = i + 1;
    }
  } else {
    // Of the ways to find the next place, the index that test() leaves behind is the one without an object.
    for (HTML_SPECIALS.lastIndex = 0; HTML_SPECIALS.test(text);) {
      const i = HTML_SPECIALS.lastIndex - 1;
      html += text.slice(done, i) + REFERENCES[text.charCodeAt(i)];
      done = i + 1;
    }
  }
  return html + text.slice(done);
}
