import { assertEquals, assertThrows } from "@std/assert";
import { appendQuery, formatUrl, leadsToOtherHost, leavesSite } from "../../../src/web/_redirect/redirect_url.ts";
import { test } from "../../support/test.ts";

test("formatUrl() puts groups into a URL, encoded where they must be", () => {
  assertEquals(formatUrl("/a/{0}/{1}/{0}", ["x", "y/z"], {}), "/a/x/y/z/x");
  assertEquals(formatUrl("/{}/{}", ["x y", "é?#%"], {}), "/x%20y/%C3%A9%3F%23%25");
  assertEquals(formatUrl("/{{{name}}}", [], { name: "n" }), "/{n}");
  assertEquals(formatUrl("/{0}", [null], {}), "/");
  assertEquals(formatUrl("/{0}", ["\ud800"], {}), "/%EF%BF%BD");
});

test("formatUrl() refuses groups that are missing, and braces without a partner", () => {
  assertThrows(() => formatUrl("/{1}", ["x"], {}), RangeError, 'no group "1"');
  assertThrows(() => formatUrl("/{toString}", [], {}), RangeError, 'no group "toString"');
  for (const url of ["/{", "/}", "/{a-b}"]) assertThrows(() => formatUrl(url, [], {}), SyntaxError, "single");
});

test("appendQuery() adds a query before the fragment, and encodes raw bytes", () => {
  assertEquals(appendQuery("/a", ""), "/a");
  assertEquals(appendQuery("/a#top", "b=1"), "/a?b=1#top");
  assertEquals(appendQuery("/a?b=1", "c=2"), "/a?b=1&c=2");
  assertEquals(appendQuery("/a", "b=\xe9 #"), "/a?b=%E9%20%23");
});

test("leadsToOtherHost() knows both slashes", () => {
  const paths = ["//host", "/\\host", "\\\\host", "/host", "/a//b", ""];
  assertEquals(paths.map(leadsToOtherHost), [true, true, true, false, false, false]);
});

test("leavesSite() compares scheme and host with those of the template", () => {
  const rows: [template: string, group: string, leaves: boolean][] = [
    ["/{0}", "a", false],
    ["/{0}", "https://evil.example", false],
    ["/{0}", "/evil.example", true],
    ["/{0}", "//evil.example", true],
    ["/{0}", "\\evil.example", false],
    ["/new/{0}", "/evil.example", false],
    ["{0}", "a/b", false],
    ["{0}", "/a", false],
    ["{0}", "//evil.example", true],
    ["{0}", "/\\evil.example", false],
    ["{0}", "https://evil.example", true],
    ["{0}", "HTTPS:evil.example", true],
    ["{0}", "http:evil.example", true],
    ["{0}", "javascript:alert(1)", true],
    ["{0}", "data:text/html,x", true],
    ["{0}", "", false],
    ["{0}:{0}", "a", true],
    ["https://{0}.example/", "shop", false],
    ["https://{0}.example/", "a.b", false],
    ["https://{0}.example/", "evil.com/", true],
    ["https://{0}.example/", "evil.com#", true],
    ["https://{0}.example/", "evil.com?", true],
    ["https://{0}.example/", "evil.com\\", true],
    ["https://{0}.example/", "evil.com:80", true],
    ["https://{0}.example/", "user@evil", true],
    ["https://{0}.{0}.example/", "a", false],
    ["https://{0}/", "evil.com", true],
    ["https://{0}", "evil.com", true],
    ["//{0}/x", "evil.com", true],
    ["{0}://example.com/", "ftp", true],
    ["https://example.com{0}", "/path", false],
    ["https://example.com{0}", "", false],
    ["https://example.com{0}", ".evil.com", true],
    ["https://example.com{0}", "@evil.com", true],
    ["https://example.com{0}", ":444", true],
    ["https://example.com{0}", ":443", false],
    ["https://example.com:8443/{0}", "a", false],
    ["https://example.com/{0}", "//evil.com", false],
    ["//example.com/{0}", "a", false],
    ["mailto:{0}@example.com", "ada", false],
    ["/{0}/{0}/{{{0}}}", "a", false],
    ["/{0}/x", "", true],
    ["{0}/evil.example", "/", true],
    ["{0}//evil.example", "", true],
    ["#{0}", "https://evil.com", false],
    ["?next={0}", "https://evil.com", false],
  ];
  for (const [template, group, leaves] of rows) {
    const url = formatUrl(template, [group], {});
    assertEquals(leavesSite(url, template), leaves, `${template} with ${group}: ${url}`);
  }
});
