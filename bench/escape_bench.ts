import {
  jsonEncode,
  linkify,
  parseQsBytes,
  squeeze,
  toUnicode,
  urlEscape,
  urlUnescape,
  utf8,
  xhtmlEscape,
  xhtmlUnescape,
} from "../src/util/escape.ts";

const plain = "The quick brown fox jumps over the lazy dog, again and again and again.";
const special = 'Fish & chips <b>"today\'s"</b> for 5 > 4 & less';
const bytes = utf8(plain);
const long = plain.repeat(200);

Deno.bench("xhtmlEscape, nothing to escape", { group: "xhtmlEscape", baseline: true }, () => void xhtmlEscape(plain));
Deno.bench("xhtmlEscape, ten characters", { group: "xhtmlEscape" }, () => void xhtmlEscape(special));
Deno.bench("xhtmlEscape, 14 KB with nothing to escape", { group: "xhtmlEscape" }, () => void xhtmlEscape(long));
Deno.bench("xhtmlUnescape", () => void xhtmlUnescape("a &lt; b &amp;&amp; c &gt; &#x27;d&#39;"));
Deno.bench("utf8, 71 characters", () => void utf8(plain));
Deno.bench("toUnicode, 71 bytes", () => void toUnicode(bytes));
Deno.bench("urlEscape, safe", { group: "urlEscape", baseline: true }, () => void urlEscape("plain-value_1"));
Deno.bench("urlEscape, some to escape", { group: "urlEscape" }, () => void urlEscape("a b/c?d=é&e"));
Deno.bench("urlUnescape, plain", { group: "urlUnescape", baseline: true }, () => void urlUnescape("plain-value_1"));
Deno.bench("urlUnescape, escaped", { group: "urlUnescape" }, () => void urlUnescape("a+b%2Fc%3Fd%3D%C3%A9"));
Deno.bench("urlUnescape, damaged", { group: "urlUnescape" }, () => void urlUnescape("a+b%2Fc%3Fd%3D%E9"));
Deno.bench("parseQsBytes, five fields", () => void parseQsBytes("a=1&b=two&c=three+four&d=%C3%A9&e=5"));
Deno.bench("squeeze", () => void squeeze("  a  line \r\n with \t spaces  "));
Deno.bench("linkify", () => void linkify("See http://example.com/a?b=c&d or www.example.org, (or not)."));
Deno.bench("jsonEncode", () => void jsonEncode({ name: plain, tags: ["</script>", "b"], n: 1.5 }));
