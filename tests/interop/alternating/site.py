"""The site of site.ts on Tornado. Takes the variants as JSON, prints the port of each, and serves until it is killed."""

import asyncio
import json
import logging
import os
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web

logging.disable(logging.CRITICAL)
here = os.path.dirname(os.path.abspath(__file__))

ENTRIES = [
    {"title": "Größe & <Maß>", "text": "日本語 ✓ 🙂"},
    {"title": 'A "quoted" one', "text": ""},
]


class Base(tornado.web.RequestHandler):
    def get_current_user(self):
        user = self.get_secure_cookie("user")
        return None if user is None else user.decode()


class Login(Base):
    def get(self):
        self.write(self.xsrf_form_html())

    def post(self):
        version = self.settings["cookie_version"]
        self.set_secure_cookie("user", self.get_body_argument("name"), version=version, httponly=True)
        self.redirect("/me")


class Logout(Base):
    def post(self):
        self.clear_cookie("user")
        self.redirect("/me")


class Me(Base):
    @tornado.web.authenticated
    def get(self):
        version = self.get_secure_cookie_key_version("user")
        self.write("%s|%s" % (self.current_user, "-" if version is None else version))


class Note(Base):
    @tornado.web.authenticated
    def get(self):
        self.write(self.xsrf_form_html())

    @tornado.web.authenticated
    def post(self):
        self.write("%s: %s" % (self.current_user, self.get_body_argument("text")))


class Page(Base):
    def get(self):
        self.render("page.html", title="Überblick & mehr", entries=ENTRIES)


class Peer(Base):
    def get(self):
        self.write("%s %s" % (self.request.remote_ip, self.request.protocol))


class Entry(tornado.web.UIModule):
    def render(self, entry):
        return self.render_string("entry.html", entry=entry)

    def css_files(self):
        return "entry.css"

    def javascript_files(self):
        return "entry.js"

    def embedded_css(self):
        return "h2 { color: #345; }"

    def embedded_javascript(self):
        return 'console.log("geladen ✓");'

    def html_body(self):
        return "<footer>Schluß</footer>"


def secret_of(secret):
    return {int(key): value for key, value in secret.items()} if isinstance(secret, dict) else secret


def application(variant):
    return tornado.web.Application(
        [
            ("/login", Login),
            ("/logout", Logout),
            ("/me", Me),
            ("/note", Note),
            ("/page", Page),
            ("/peer", Peer),
        ],
        cookie_secret=secret_of(variant["secret"]),
        key_version=variant["theirKeyVersion"],
        cookie_version=variant["cookieVersion"],
        xsrf_cookies=True,
        xsrf_cookie_version=variant["xsrfVersion"],
        login_url="/login",
        template_path=os.path.join(here, "templates"),
        static_path=os.path.join(here, "static"),
        ui_modules={"Entry": Entry},
    )


def listen(variant):
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    server = tornado.httpserver.HTTPServer(
        application(variant), xheaders=True, trusted_downstream=variant["trustedDownstream"]
    )
    server.add_sockets(sockets)
    return sockets[0].getsockname()[1]


async def main():
    print(json.dumps([listen(variant) for variant in json.loads(sys.argv[1])]), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
