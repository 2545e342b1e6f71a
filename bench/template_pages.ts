// The same pages in every template engine, with the same data and, but for how an apostrophe is escaped, the same
// output.
import { Eta } from "npm:eta@4.6.0";
import vento from "npm:ventojs@2.4.0";
import { MemoryLoader } from "npm:ventojs@2.4.0/loaders/memory.js";
import { DictLoader, type ExpressionLanguage, javascript } from "../src/template/mod.ts";
import { python } from "../src/template/python.ts";

export type Data = Record<string, unknown>;
export type Render = (data: Data) => string | Promise<string>;

/** A page: its entry is the file `page` of each engine. */
export interface Page {
  readonly name: string;
  readonly data: Data;
  /** For Twister and Tornado. */
  readonly tornado: Readonly<Record<string, string>>;
  readonly vento: Readonly<Record<string, string>>;
  readonly eta: Readonly<Record<string, string>>;
  /** What the same output costs without an engine, where that is easily written. */
  readonly byHand?: (data: Data) => string;
}

const WORDS = [
  "plain text",
  "it's",
  "R&D <b>",
  "2026-02-03",
  "user@example.com",
  "Käse",
  '"quoted"',
  "a longer text, with comma",
];

function table(cell: (row: number, column: number) => unknown): unknown[][] {
  return Array.from({ length: 1000 }, (_, row) => Array.from({ length: 8 }, (_, column) => cell(row, column)));
}

const TABLE = {
  tornado: {
    page:
      "<table>\n{% for row in table %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% end %}</tr>\n{% end %}</table>",
  },
  vento: {
    page:
      "<table>\n{{ for row of table }}<tr>{{ for cell of row }}<td>{{ cell }}</td>{{ /for }}</tr>\n{{ /for }}</table>",
  },
  eta: {
    page: "<table>\n<% for (const row of it.table) { %><tr><% for (const cell of row) { %><td><%= cell %></td><% } %>" +
      "</tr>\n\n<% } %></table>",
  },
};

const SPECIAL = /[&<>"']/;
const REFERENCES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

function escapeByHand(value: unknown): string {
  const text = String(value);
  return SPECIAL.test(text) ? text.replace(/[&<>"']/g, (character) => REFERENCES[character] ?? character) : text;
}

function tableByHand({ table }: Data): string {
  let out = "<table>\n";
  if (!Array.isArray(table)) return out;
  for (const row of table) {
    out += "<tr>";
    for (const cell of row) out += "<td>" + escapeByHand(cell) + "</td>";
    out += "</tr>\n";
  }
  return out + "</table>";
}

const names = Array.from({ length: 50 }, (_, i) => `value${i}`);
const values = Object.fromEntries(names.map((name, i) => [name, `${WORDS[i % WORDS.length]} ${i}`]));

/** Fifty values, each in markup of its own, as the parts of a form or a profile are. */
function fields(open: string, close: string): string {
  return names.map((name) => `<dt>${name}</dt>\n<dd class="v">${open}${name}${close}</dd>\n`).join("");
}

const items = Array.from(
  { length: 100 },
  (_, i) => ({ title: `${WORDS[i % WORDS.length]} ${i}`, price: i * 3 + 1, tags: ["a&b", "new"] }),
);

// No value is 0, which vento prints as nothing.
export const PAGES: readonly Page[] = [
  {
    name: "table 1,000 x 8, mixed",
    data: {
      table: table((row, column) => column % 4 === 0 ? row * column + 1 : `${WORDS[(row + column) % 8]} ${row}`),
    },
    ...TABLE,
    byHand: tableByHand,
  },
  {
    name: "table 1,000 x 8, plain text",
    data: { table: table((row, column) => `cell ${row}-${column}`) },
    ...TABLE,
    byHand: tableByHand,
  },
  {
    name: "table 1,000 x 8, numbers",
    data: { table: table((row, column) => row * 8 + column + 1) },
    ...TABLE,
    byHand: tableByHand,
  },
  {
    name: "page: extends, include, 50 values",
    data: { title: "A & B", user: "Ada <ada@example.com>", ...values },
    tornado: {
      base: "<!doctype html>\n<html><head><title>{% block title %}Site{% end %}</title></head>\n<body>" +
        '{% include "nav" %}\n<main>{% block body %}{% end %}</main></body></html>',
      nav: "<nav>{{ user }}</nav>",
      page: `{% extends "base" %}{% block title %}{{ title }}{% end %}{% block body %}${fields("{{ ", " }}")}{% end %}`,
    },
    vento: {
      base: "<!doctype html>\n<html><head><title>{{ title }}</title></head>\n<body>" +
        '{{ include "nav" }}\n<main>{{ content }}</main></body></html>',
      nav: "<nav>{{ user }}</nav>",
      page: `{{ layout "base" }}${fields("{{ ", " }}")}{{ /layout }}`,
    },
    eta: {
      base: "<!doctype html>\n<html><head><title><%= it.title %></title></head>\n<body>" +
        '<%~ include("@nav", it) %>\n\n<main><%~ it.body %></main></body></html>',
      nav: "<nav><%= it.user %></nav>",
      page: `<% layout("@base") %>${fields("<%= it.", " %>")}`,
    },
  },
  {
    name: "page: 100 modules",
    data: { items },
    tornado: {
      card: "<li><b>{{ item.title }}</b> {{ item.price }}{% for tag in item.tags %} <i>{{ tag }}</i>{% end %}</li>\n",
      page: "<ul>\n{% for item in items %}{% module Card(item) %}{% end %}</ul>",
    },
    vento: {
      card: "<li><b>{{ item.title }}</b> {{ item.price }}{{ for tag of item.tags }} <i>{{ tag }}</i>{{ /for }}</li>\n",
      page: '<ul>\n{{ for item of items }}{{ include "card" { item } }}{{ /for }}</ul>',
    },
    eta: {
      card:
        "<li><b><%= it.item.title %></b> <%= it.item.price %><% for (const tag of it.item.tags) { %> <i><%= tag %></i>" +
        "<% } %></li>\n",
      page: '<ul>\n<% for (const item of it.items) { %><%~ include("@card", { item }) %><% } %></ul>',
    },
  },
];

/** Every engine: compiles a page from nothing, and gives what renders it. */
function twister({ tornado }: Page, language: ExpressionLanguage): Render {
  const modules = { Card: (item: unknown) => loader.load("card").generate({ item }) };
  const loader = new DictLoader(tornado, { language, namespace: { _tt_modules: modules } });
  const page = loader.load("page");
  return (data) => page.generate(data);
}

export const ENGINES: Readonly<Record<string, (page: Page) => Promise<Render>>> = {
  Twister: (page) => Promise.resolve(twister(page, javascript)),
  "Twister, Python": (page) => Promise.resolve(twister(page, python)),
  vento: async (page) => {
    // Its loader makes absolute paths of names.
    const files = Object.fromEntries(Object.entries(page.vento).map(([name, source]) => [`/${name}`, source]));
    const engine = vento({ includes: new MemoryLoader(files), autoescape: true });
    const template = await engine.load("page");
    return async (data) => (await template(data)).content;
  },
  eta: ({ eta }) => {
    const engine = new Eta({ autoEscape: true });
    for (const [name, source] of Object.entries(eta)) engine.loadTemplate(`@${name}`, source);
    return Promise.resolve((data) => engine.render("@page", data));
  },
};
