"""A back end that keeps what it has understood of each request; another port tells it, and forgets it."""
import asyncio
import json

import tornado.httpserver
import tornado.httputil
import tornado.netutil
import tornado.web

seen = []


class Echo(tornado.web.RequestHandler):
    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")

    def prepare(self):
        request = self.request
        seen.append({
            "method": request.method,
            "target": request.uri,
            "headers": [list(pair) for pair in request.headers.get_all()],
            "body": request.body.decode("latin1"),
        })
        self.finish("" if request.method == "HEAD" else request.uri)

    def check_xsrf_cookie(self):
        pass


class Seen(tornado.web.RequestHandler):
    def get(self):
        self.write(json.dumps(seen))
        seen.clear()


async def main():
    ports = []
    for rules in [[("(?s).*", Echo)], [("/", Seen)]]:
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        server = tornado.httpserver.HTTPServer(tornado.web.Application(rules, log_function=lambda handler: None))
        server.add_sockets(sockets)
        ports.append(sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
