"""The files of a directory on Tornado."""
import asyncio
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web


async def main():
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    app = tornado.web.Application([("/(.*)", tornado.web.StaticFileHandler, {"path": sys.argv[1]})])
    server = tornado.httpserver.HTTPServer(app)
    server.add_sockets(sockets)
    print("listening", sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
