"""Tornado's own hello; its five headers are the ones that all others imitate."""
import asyncio

import tornado.httpserver
import tornado.netutil
import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")


async def main():
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    server = tornado.httpserver.HTTPServer(tornado.web.Application([("/", MainHandler)]))
    server.add_sockets(sockets)
    print("listening", sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
