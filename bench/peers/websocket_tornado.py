"""python3-tornado."""
import asyncio
import logging

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

everybody = set()


class Echo(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


class Deflate(Echo):
    def get_compression_options(self):
        return {}


class FanOut(tornado.websocket.WebSocketHandler):
    def open(self):
        everybody.add(self)

    def on_close(self):
        everybody.discard(self)

    def on_message(self, message):
        for each in everybody:
            each.write_message(message, binary=isinstance(message, bytes))


async def main():
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    rules = [("/echo", Echo), ("/deflate", Deflate), ("/fanout", FanOut)]
    server = tornado.httpserver.HTTPServer(tornado.web.Application(rules, websocket_max_message_size=1 << 24))
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"listening {sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
