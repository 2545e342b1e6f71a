"""Answers render_test.ts with Tornado: reads one JSON object from standard input, writes the list of the answers."""

import asyncio
import json
import logging
import sys

import tornado.locale
from tornado import httputil, web

logging.disable(logging.CRITICAL)


class Connection:
    def __init__(self):
        self.context = httputil  # Anything that has no remote_ip and no protocol.
        self.code = 0
        self.headers = None
        self.body = b""

    def set_close_callback(self, callback):
        pass

    def write_headers(self, start_line, headers, chunk=None):
        self.code, self.headers = start_line.code, headers
        return self.write(chunk or b"")

    def write(self, chunk):
        self.body += chunk
        return asyncio.get_event_loop().create_future()

    def finish(self):
        pass


def module_class(name, spec):
    def render(self, *args):
        return self.render_string(spec["template"], args=args)

    def part(key):
        return lambda self: spec.get(key)

    parts = ("embedded_javascript", "javascript_files", "embedded_css", "css_files", "html_head", "html_body")
    return type(name, (web.UIModule,), dict({key: part(key) for key in parts}, render=render))


class Page(web.RequestHandler):
    def initialize(self, page):
        self.page = page

    def get_current_user(self):
        return self.page.get("user")

    def get(self):
        self.render(self.page["template"], **self.page.get("names", {}))


class Private(web.RequestHandler):
    def get_current_user(self):
        return self.get_argument("user", None)

    @web.authenticated
    def get(self):
        self.write("in")

    head = post = get


class Browser(web.RequestHandler):
    def get(self):
        self.write(self.get_browser_locale(self.get_argument("default", "en_US")).code)


class Chosen(web.RequestHandler):
    def get(self):
        self.write(self.locale.code)


def ui_method(handler, text):
    return "[%s %s]" % (handler.request.path, text)


async def ask(handler, method="GET", uri="/", headers=(), kwargs=None, settings=None):
    web.RequestHandler._template_loaders = {}
    app = web.Application([(".*", handler, kwargs or {})], **(settings or {}))
    connection = Connection()
    fields = httputil.HTTPHeaders()
    for name, value in headers:
        fields.add(name, value)
    fields.setdefault("Host", "localhost")
    request = httputil.HTTPServerRequest(
        headers=fields, connection=connection, start_line=httputil.RequestStartLine(method, uri, "HTTP/1.1")
    )
    delegate = app.find_handler(request)
    delegate.finish()
    for _ in range(20):
        await asyncio.sleep(0)
    return connection


async def main():
    job = json.load(sys.stdin)
    tornado.locale.load_translations(job["translations"])
    answers = []
    for case in job["pages"]:
        settings = dict(
            template_path=job["templates"],
            static_path=job["static"],
            xsrf_cookie_version=1,
            ui_methods={"shout": ui_method},
            ui_modules={name: module_class(name, spec) for name, spec in job["modules"].items()},
            **case.get("settings", {})
        )
        connection = await ask(Page, headers=case.get("headers", ()), kwargs={"page": case}, settings=settings)
        answers.append([connection.code, connection.headers.get("Etag"), connection.body.decode()])
    for method, login_url, uri, headers in job["logins"]:
        connection = await ask(Private, method, uri, headers, settings={"login_url": login_url})
        answers.append([connection.code, connection.headers.get("Location")])
    for header, default in job["languages"]:
        headers = [] if header is None else [["Accept-Language", header]]
        connection = await ask(Browser, uri="/?default=" + default, headers=headers)
        answers.append(connection.body.decode())
    json.dump(answers, sys.stdout)


asyncio.run(main())
