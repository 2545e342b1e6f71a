"""The handlers of web_differential_test.ts as two applications of Tornado. Is given the directory of static files, prints two ports."""

import logging
import sys

import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.web
from tornado.web import RequestHandler, StaticFileHandler

logging.disable(logging.CRITICAL)


def cookie_options(handler):
    options = {}
    for name in ("domain", "path", "samesite"):
        if handler.get_query_argument(name, None) is not None:
            options[name] = handler.get_query_argument(name)
    for name in ("httponly", "secure"):
        if handler.get_query_argument(name, None) is not None:
            options[name] = handler.get_query_argument(name) == "1"
    if handler.get_query_argument("max_age", None) is not None:
        options["max_age"] = int(handler.get_query_argument("max_age"))
    if handler.get_query_argument("expires", None) is not None:
        options["expires"] = int(handler.get_query_argument("expires"))
    return options


class SetCookie(RequestHandler):
    def get(self):
        name = self.get_query_argument("name", "", strip=False)
        self.set_cookie(name, self.get_query_argument("value", "", strip=False), **cookie_options(self))
        self.set_cookie("second", "2")
        if self.get_query_argument("then", "") == "error":
            self.send_error(410)
        elif self.get_query_argument("then", "") == "redirect":
            self.redirect("/elsewhere")
        elif self.get_query_argument("then", "") == "clear":
            self.clear_cookie(name)


class GetCookie(RequestHandler):
    def get(self):
        for name in ("a", "b", "c", "d"):
            self.write("%s=%s\n" % (name, self.get_cookie(name, "none")))


class Signed(RequestHandler):
    def get(self):
        version = int(self.get_query_argument("version", "2"))
        self.set_secure_cookie("user", self.get_query_argument("value", "ada"), version=version)

    def post(self):
        value = self.get_secure_cookie("user", min_version=int(self.get_query_argument("min", "1")))
        key = self.get_secure_cookie_key_version("user")
        self.write("%s %s" % ("none" if value is None else value.decode("latin1"), "none" if key is None else key))

    def check_xsrf_cookie(self):
        pass


class Xsrf(RequestHandler):
    def get(self):
        self.write(self.xsrf_form_html())

    def post(self):
        self.write("accepted %s" % self.get_body_argument("a", "none"))

    put = delete = patch = options = post


class StaticUrl(RequestHandler):
    def get(self, path):
        self.write("%s %s" % (self.static_url(path), self.static_url(path, include_host=True, include_version=False)))


class Compressed(RequestHandler):
    def get(self, kind):
        if kind == "short":
            self.write("x" * 1023)
        elif kind == "image":
            self.set_header("Content-Type", "image/png")
            self.write("x" * 3000)
        elif kind == "coded":
            self.set_header("Content-Encoding", "own")
            self.write("x" * 3000)
        elif kind == "vary":
            self.set_header("Vary", "Cookie")
            self.write("x" * 3000)
        elif kind == "json":
            self.set_header("Content-Type", "application/json; charset=UTF-8")
            self.write("\u00e9" * 2000)
        elif kind == "error":
            self.send_error(500)
        else:
            self.write("é" * 2000)

    head = get


class CompressedStream(RequestHandler):
    async def get(self):
        for chunk in ("one", "", "two" * 1000):
            self.write(chunk)
            await self.flush()
        self.write("three")


def application(root, **settings):
    handlers = [
        (r"/set_cookie", SetCookie),
        (r"/get_cookie", GetCookie),
        (r"/signed", Signed),
        (r"/xsrf", Xsrf),
        (r"/static_url/(.*)", StaticUrl),
        (r"/compressed/stream", CompressedStream),
        (r"/compressed/(.*)", Compressed),
        (r"/files/(.*)", StaticFileHandler, {"path": root, "default_filename": "index.html"}),
    ]
    return tornado.web.Application(
        handlers,
        static_path=root,
        cookie_secret={0: "old secret", 1: "new secret"},
        key_version=1,
        xsrf_cookies=True,
        log_function=lambda handler: None,
        **settings
    )


def main():
    for settings in ({}, {"compress_response": True}):
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        tornado.httpserver.HTTPServer(application(sys.argv[1], **settings)).add_sockets(sockets)
        print(sockets[0].getsockname()[1], flush=True)
    tornado.ioloop.IOLoop.current().start()


main()
