// Templates of real programs, not changed in a line: every one compiles, and each page is what Tornado makes of it.
// Those of Tornado's demos are copyright Facebook, Apache License 2.0; the others have a file `copyright` beside them.
import { assertEquals } from "@std/assert";
import { get } from "../../src/locale/mod.ts";
import { checkDirectory, Loader, type Namespace } from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { linkify } from "../../src/util/escape.ts";
import { projectRoot } from "../../tools/project.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";

interface Page {
  readonly folder: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const data = `${projectRoot}tests/interop/data/templates`;
const FOLDERS: Readonly<Record<string, string>> = {
  blog: `${projectRoot}examples/blog/tornado_templates`,
  chat: `${data}/chat`,
  distributed: `${data}/distributed`,
  facebook: `${data}/facebook`,
  matplotlib: `${data}/matplotlib`,
  twitter: `${data}/twitter`,
  websocket: `${data}/websocket`,
};

const entry = {
  id: 3,
  slug: "r-d",
  title: "R&D <1>",
  markdown: "*x* < y",
  html: "<p><em>x</em> &lt; y</p>",
  published: { $date: 1_234_567_890 },
  updated: { $date: 1_300_000_000 },
};
const site = {
  handler: { settings: { blog_title: "A & B" } },
  request: { uri: "/a?b=1&c", path: "/a", host: "blog.test" },
  current_user: null,
};
const user = { ...site, current_user: { id: 1, name: "Ada <3" } };
const older = { ...entry, slug: "old", title: "Old", updated: { $date: 0 } };
const messages = [{ id: "m1", body: "see http://a.test/?b=c&d <x>" }, { id: "m2", body: "" }];
const task = {
  key: "inc-('a', 1)",
  state: "memory",
  processing_on: null,
  type: "int",
  nbytes: 28,
  waiting_on: [],
  priority: [0, 1.5, 2],
  has_lost_dependencies: false,
  host_restrictions: [],
  worker_restrictions: ["w&1"],
  resource_restrictions: {},
  loose_restrictions: null,
  suspicious: 2,
  retries: 0,
  metadata: { n: 1.5 },
  annotations: {},
  exception_text: "ValueError('<x>')",
  traceback_text: "line 1\nline 2",
  dependencies: [{ key: "d 1", state: "waiting" }],
  dependents: [],
  who_wants: [{ client_key: "Client-1/2" }],
  erred_on: ["tcp://1.2.3.4:5"],
};
const worker = {
  address: "tcp://127.0.0.1:4567",
  name: null,
  nthreads: 4,
  memory_limit: 2048,
  metrics: { memory: 1024 },
  occupancy: 0.25,
  processing: [],
  has_what: [task],
  services: { dashboard: 8787 },
  host: "127.0.0.1",
  last_seen: 900,
  resources: { GPU: 2 },
  used_resources: { GPU: 0 },
};
const other = { ...worker, name: "b", memory_limit: null, services: {}, last_seen: 1000.25, resources: {} };
const scheduler = {
  address: "tcp://s",
  rows: [["inc", "released", "waiting", { dec: "processing" }, "id-1", 1_234_567_890.5]],
};
const title = { title: "T & T", rel_path_statics: "../../.." };
const running = { ...task, who_has: [worker], state: "processing", processing_on: worker, exception_text: "" };
const from = { id: "1", name: "A&B" };
const post = { from, message: "<hi>", actions: [{ link: "/a?b&c" }], created_time: "2010-03-04T15:06:07+0000" };

const PAGES: readonly (readonly [folder: string, name: string, data: Page["data"]])[] = [
  ["blog", "home.html", { ...site, entries: [entry, older] }],
  ["blog", "home.html", { ...user, entries: [entry] }],
  ["blog", "archive.html", { ...site, entries: [older, entry] }],
  ["blog", "entry.html", { ...user, entry }],
  ["blog", "compose.html", { ...user, entry: null }],
  ["blog", "compose.html", { ...user, entry }],
  ["blog", "create_author.html", site],
  ["blog", "login.html", { ...site, error: "no <such> user" }],
  ["blog", "login.html", { ...site, error: null }],
  ["blog", "feed.xml", { ...site, entries: [older, entry] }],
  ["chat", "index.html", { ...site, messages }],
  ["chat", "message.html", { message: messages[0] }],
  ["websocket", "index.html", { ...site, messages }],
  ["twitter", "home.html", { timeline: [{ user: { screen_name: "a<b" }, text: "it's" }] }],
  ["facebook", "stream.html", { ...user, stream: { data: [post, { from }] } }],
  ["distributed", "call-stack.html", { ...title, call_stack: { "tcp://w": { "t&1": ["File <a>", "x"] }, b: {} } }],
  ["distributed", "exceptions.html", { ...title, erred_tasks: [task] }],
  ["distributed", "json-index.html", { routes: ["a.json", "b&c.json"] }],
  ["distributed", "logs.html", { ...title, logs: [["INFO", "a < b"], ["WARN", ""]] }],
  ["distributed", "task.html", { ...title, scheduler, Task: "a", tasks: { a: { ...task, who_has: [worker, other] } } }],
  ["distributed", "task.html", { ...title, scheduler, Task: "b", tasks: { b: running } }],
  ["distributed", "worker.html", { ...title, Worker: "w", workers: { w: worker } }],
  ["distributed", "worker.html", { ...title, Worker: "w", workers: { w: { ...other, processing: [task, running] } } }],
  ["distributed", "workers.html", { ...title, scheduler, workers: { w: worker, v: other } }],
  ["matplotlib", "all_figures.html", { prefix: "/p", ws_uri: "ws://h/", figures: [[1, "m"], [2, "n"]] }],
  ["matplotlib", "single_figure.html", { prefix: "/p", ws_uri: "ws://h/", fig_id: 1 }],
  ["matplotlib", "ipython_inline_figure.html", { prefix: "", port: 8988, fig_id: 12 }],
];

/** Makes dates of what stands for them. */
function wrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wrap);
  if (typeof value !== "object" || value === null) return value;
  if ("$date" in value) return new Date(Number(value.$date) * 1000);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wrap(item)]));
}

/** The namespace of `real_templates.py`. */
function render({ folder, name, data }: Page): string {
  const loader = new Loader(folder, { language: python });
  const part = (template: string, names: Namespace) => loader.load(template).generate({ ...namespace, ...names });
  const modules = {
    Template: part,
    Entry: (entry: unknown) => part("modules/entry.html", { entry }),
    Post: (post: unknown) => part("modules/post.html", { post }),
    linkify: (text: string) => linkify(text),
    xsrf_form_html: () => '<input type="hidden" name="_xsrf"/>',
  };
  const own = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, wrap(value)]));
  const namespace: Record<string, unknown> = {
    _: (text: string) => text,
    _tt_modules: modules,
    modules,
    locale: get("en_US"),
    static_url: (path: string) => `/static/${path}`,
    format_bytes: (n: number) => `${(n / 1024).toFixed(2)} kiB`,
    format_time: (n: number) => `${n.toFixed(3)} s`,
    fromtimestamp: (seconds: number) => new Date(seconds * 1000),
    time: () => 1000.5,
    ...own,
    request: { ...Object(own.request), full_url: () => "http://blog.test/feed" },
    scheduler: { ...Object(own.scheduler), story: () => Object(own.scheduler).rows },
  };
  return loader.load(name).generate(namespace);
}

test("templates of real programs: every one compiles as Python", () => {
  let count = 0;
  for (const folder of Object.values(FOLDERS)) {
    assertEquals(checkDirectory(folder, { extensions: ["html", "xml"], language: python }).map(String), []);
    count += [...Deno.readDirSync(folder)].filter(({ isFile, name }) => isFile && name !== "copyright").length;
  }
  console.info(`${count} templates, and those in folders below`);
});

test("templates of real programs: each page is what Tornado makes of it", async () => {
  const pages = PAGES.map(([folder, name, data]): Page => ({ folder: FOLDERS[folder] ?? "", name, data }));
  const expected = await askPython<string[]>([new URL("./real_templates.py", import.meta.url).pathname], pages);
  pages.forEach((page, i) => assertEquals(render(page), expected[i], `${page.folder}/${page.name}`));
  console.info(`${pages.length} of ${pages.length} pages`);
});
