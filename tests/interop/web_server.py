"""The handlers of web_test.ts as an application of Tornado. Prints its port."""

import logging
import sys

import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.web
from tornado.web import Finish, HTTPError, RequestHandler

logging.disable(logging.CRITICAL)


class Page(RequestHandler):
    def get(self, group):
        self.write("page %s" % group)

    def head(self, group):
        self.write("page %s" % group)

    def post(self, group):
        self.write(self.request.body)


class Named(RequestHandler):
    def get(self, year, slug):
        self.write("%s|%s" % (year, slug))


class Arguments(RequestHandler):
    def get(self):
        self.write("\n".join("%s" % self.get_arguments(n) for n in ("a", "b", "c")) + self.get_argument("need"))

    def post(self):
        self.write("%s %s %s" % (self.get_arguments("a"), self.get_body_arguments("a"), self.get_query_arguments("a")))


class Status(RequestHandler):
    def get(self, code):
        self.set_status(int(code), self.get_argument("reason", None))
        self.set_header("Content-Language", "en")
        self.set_header("X-Kept", "1")


class Errors(RequestHandler):
    def get(self, kind):
        self.set_header("X-Lost", "1")
        self.write("lost")
        if kind == "http":
            raise HTTPError(403, "message %d", 1)
        if kind == "reason":
            raise HTTPError(499, reason='A & "B"')
        if kind == "finish":
            self.set_status(401)
            raise Finish()
        if kind == "send":
            self.send_error(418, reason="Short")
        if kind == "body":
            self.set_status(204)
        if kind == "error":
            raise ValueError("oops")


class Etags(RequestHandler):
    def get(self, kind):
        if kind == "own":
            self.set_header("Etag", '"own"')
        if kind == "post":
            self.set_status(201)
        self.write(b"\x00\xff" * 100)
        self.write("\u00e9")

    post = get


class Stream(RequestHandler):
    async def get(self):
        for chunk in ("a", "", "bc"):
            self.write(chunk)
            await self.flush()
        self.write("d")


class Redirect(RequestHandler):
    def get(self):
        self.redirect(self.get_argument("to"), permanent=self.get_argument("permanent", "") == "1")


class Slashes(RequestHandler):
    @tornado.web.removeslash
    def get(self):
        self.write("removed")

    @tornado.web.addslash
    def post(self):
        self.write("added")

    head = get


class Headers(RequestHandler):
    def set_default_headers(self):
        self.set_header("Server", "same")

    def get(self):
        self.set_header("x-number", 7)
        self.add_header("X-Many", "a")
        self.add_header("x-many", "b")
        self.set_header("content-type", "text/x")
        self.set_header("X-Latin", "\u00e9")


app = tornado.web.Application(
    [
        (r"/page/(.*)", Page),
        (r"/named/(?P<year>[0-9]+)/(?P<slug>.*)", Named),
        (r"/arguments", Arguments),
        (r"/status/([0-9]+)", Status),
        (r"/errors/(.*)", Errors),
        (r"/etags/(.*)", Etags),
        (r"/stream", Stream),
        (r"/redirect", Redirect),
        (r"/slashes/*", Slashes),
        (r"/headers", Headers),
        (r"/moved/(.*?)/(.*)", tornado.web.RedirectHandler, {"url": "/{1}/{0}?x=1"}),
        (r"/gone", tornado.web.ErrorHandler, {"status_code": 410}),
        (r"/empty()", RequestHandler),
    ]
)
sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
server = tornado.httpserver.HTTPServer(app)
server.add_sockets(sockets)
print(sockets[0].getsockname()[1])
sys.stdout.flush()
tornado.ioloop.IOLoop.current().start()
