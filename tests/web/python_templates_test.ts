// Pages of an application whose templates are in Python: the names of Tornado's template namespace.
import { assertEquals } from "@std/assert";
import { DictLoader } from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { Application, RequestHandler, type Settings, UIModule, url } from "../../src/web/mod.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

class Page extends RequestHandler {
  override get(): void {
    this.render("page.html", { names: { a_key: 1 }, who: "Ada" });
  }
  override getCurrentUser(): { name: string } {
    return { name: "A&B" };
  }
  greet(name: string, { loud = false, endMark = "." }: { loud?: boolean; endMark?: string } = {}): string {
    return (loud ? name.toUpperCase() : name) + endMark;
  }
}

class Box extends UIModule {
  override render(title: string, { openNow = false }: { openNow?: boolean } = {}): string {
    return `<b>${title}${openNow ? " open" : ""}</b>`;
  }
}

class Ordered extends UIModule {
  static readonly params = ["first", "second"];
  override render(first: string, second: string): string {
    return `${first}-${second}`;
  }
}

const uiMethods = { shout: (_: RequestHandler, text: string) => text.toUpperCase() };

async function show(source: string, path = "/p?q=1&q=2"): Promise<string> {
  const files = {
    "page.html": source,
    "part.html": "[{{ message }} {{ extra_name or None }} {{ current_user.name }}]",
  };
  const templateLoader = new DictLoader(files, { language: python });
  const settings: Settings & { blog_title: string } = {
    templateLoader,
    uiMethods,
    uiModules: { Box, Ordered },
    staticPath: "/nowhere",
    blog_title: "T",
  };
  const app = new Application([url("/p", Page, { name: "page" }), url("/e/(.*)", Page, { name: "entry" })], settings);
  const response = await app.fetch(new Request(`http://site.test${path}`));
  const text = await response.text();
  return response.ok ? text : `${response.status}`;
}

const CASES: Readonly<Record<string, string>> = {
  "{{ handler.get_argument('q') }}": "2",
  "{{ handler.get_argument('nope', default='d') }}{{ handler.get_argument('nope', None) }}": "dNone",
  "{{ handler.get_query_argument('q', strip=False) }}": "2",
  "{{ handler.get_arguments('q') == ['1', '2'] }}": "True",
  "{{ handler.settings['blog_title'] }}{{ handler.application.settings.get('nope', '-') }}": "T-",
  "{{ request.path }} {{ request.uri }} {{ request.host }} {{ request.full_url() }}":
    "/p /p?q=1&amp;q=2 site.test http://site.test/p?q=1&amp;q=2",
  "{{ request.arguments['q'][0].decode() }}{{ request.headers.get('X-None', 'no') }}": "1no",
  "{{ 'Host' in request.headers }}{{ request.method }}": "TrueGET",
  "{{ current_user.name }} {{ current_user['name'] }} {{ handler.current_user.get('name') }}":
    "A&amp;B A&amp;B A&amp;B",
  "{{ _('Hello') }} {{ translate('One', '%(n)d', 2) % {'n': 2} }}": "Hello 2",
  "{{ locale.translate('a', plural_message='b', count=2) }}{{ locale.code }}": "ben_US",
  "{{ locale.friendly_number(1234567) }} {{ locale.list(['a', 'b']) }}": "1,234,567 a and b",
  "{{ locale.format_date(datetime.datetime(2010, 2, 3, 4, 5), full_format=True, shorter=True) }}": "February 3, 2010",
  "{{ reverse_url('entry', 'x y') }}": "/e/x%20y",
  "{{ handler.reverse_url('page') }}": "/p",
  "{{ handler.greet('a', loud=True, end_mark='!') }}{{ [handler.greet(x) for x in 'bc'] }}":
    "A![&#x27;b.&#x27;, &#x27;c.&#x27;]",
  "{% set greet = handler.greet %}{{ greet('x') }}{{ ''.join(map(handler.greet, ['y'])) }}": "x.y.",
  "{{ shout(text='a') if False else shout('a') }}": "A",
  "{% module Box('t', open_now=True) %}{% module Box('u') %}": "<b>t open</b><b>u</b>",
  "{% module Ordered(second='2', first='1') %}": "1-2",
  "{% module Template('part.html', message=who, extra_name='x') %}": "[Ada x A&amp;B]",
  "{% module linkify('see http://a.test/', extra_params='rel=nofollow') %}":
    'see <a href="http://a.test/" rel=nofollow>http://a.test/</a>',
  "{{ modules.Box('t') }}": "&lt;b&gt;t&lt;/b&gt;",
  "{% raw xsrf_form_html() is not None %}": "True",
  "{{ url_escape('a b', plus=False) }} {{ json_encode({'a': [1, 2.0, None]}) }}":
    "a%20b {&quot;a&quot;: [1, 2.0, null]}",
  "{{ escape('<') }}{% raw xhtml_escape('<') %}{{ squeeze('a  b') }}": "&amp;lt;&lt;a b",
  "{{ names['a_key'] }}{{ handler.__class__ if False else 1 }}": "11",
};

for (const [source, expected] of Object.entries(CASES)) {
  test(`templates of Python in an application: ${source}`, async () => {
    assertEquals(await show(source), expected);
  });
}

test("templateLanguage: files of a folder are in Python", async () => {
  using dir = new TempDir();
  dir.write("page.html", "{{ who.lower() }} {{ [n for n in names] }}");
  const app = new Application([["/", Page]], { templatePath: dir.path, templateLanguage: python, autoescape: null });
  const response = await app.fetch(new Request("http://site.test/"));
  assertEquals(await response.text(), "ada ['a_key']");
});

test("both languages in one application, by loader", async () => {
  class Javascript extends Page {
    override createTemplateLoader(): DictLoader {
      return new DictLoader({ "page.html": "{{ who.toLowerCase() }}" });
    }
  }
  const templateLoader = new DictLoader({ "page.html": "{{ who.lower() }}" }, { language: python });
  const app = new Application([["/py", Page], ["/js", Javascript]], { templateLoader });
  for (const path of ["/py", "/js"]) {
    assertEquals(await (await app.fetch(new Request(`http://site.test${path}`))).text(), "ada", path);
  }
});
