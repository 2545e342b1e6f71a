"""The page of page_twister.ts on Tornado."""
import asyncio
import os

import tornado.httpserver
import tornado.netutil
import tornado.web

ENTRIES = [
    {
        "id": i,
        "title": "Entry %d: fish & chips" % i,
        "text": "" if i % 3 == 0 else 'The quick brown fox jumps over the "lazy" dog. ' * 3,
    }
    for i in range(20)
]


class Page(tornado.web.RequestHandler):
    def get_current_user(self):
        user = self.get_secure_cookie("user")
        return "" if user is None else user.decode()

    def get(self):
        if not self.current_user:
            self.set_secure_cookie("user", "ada")
        self.render("page.html", title="Entries", entries=ENTRIES)


async def main():
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    app = tornado.web.Application(
        [("/", Page)],
        cookie_secret="an example of a secret, 44 characters long..",
        xsrf_cookies=True,
        template_path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "page"),
    )
    server = tornado.httpserver.HTTPServer(app)
    server.add_sockets(sockets)
    print("listening", sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
