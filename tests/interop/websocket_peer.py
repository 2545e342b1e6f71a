"""A WebSocket peer in Python: websocket_peer.py (tornado|websockets|autobahn) (serve|connect URL) (plain|deflate|limited)

limited is autobahn's alone: it compresses, limits what the server may use for that, and sends its messages in fragments.
serve prints its port and echoes; connect reads a JSON list of messages from its input (text, or {"base64": ...}), sends them one after
another, and prints the echoes, the extensions and the close code as JSON.
"""
import asyncio
import base64
import json
import sys

LIBRARY, MODE, *REST = sys.argv[1:]
LIMITED = REST[-1] == "limited"
DEFLATE = REST[-1] == "deflate" or LIMITED
LIMIT = 1 << 26


def decode(message):
    return message if isinstance(message, str) else base64.b64decode(message["base64"])


def encode(message):
    return message if isinstance(message, str) else {"base64": base64.b64encode(message).decode()}


async def tornado_serve():
    import tornado.httpserver
    import tornado.netutil
    import tornado.web
    import tornado.websocket

    class Echo(tornado.websocket.WebSocketHandler):
        def get_compression_options(self):
            return {} if DEFLATE else None

        def select_subprotocol(self, subprotocols):
            return subprotocols[0] if subprotocols else None

        async def on_message(self, message):
            if message == "close":
                return self.close(4321, "as asked")
            if message == "ping":
                return self.ping(b"from tornado")
            await self.write_message(message, binary=isinstance(message, bytes))

        def on_pong(self, data):
            if data:
                self.write_message("pong " + data.decode())

    server = tornado.httpserver.HTTPServer(tornado.web.Application([("/", Echo)], websocket_max_message_size=LIMIT))
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def tornado_connect(url, messages):
    import tornado.websocket

    connection = await tornado.websocket.websocket_connect(
        url, compression_options={} if DEFLATE else None, max_message_size=LIMIT, subprotocols=["a", "b"])
    echoes = []
    for message in messages:
        message = decode(message)
        await connection.write_message(message, binary=isinstance(message, bytes))
        echoes.append(encode(await connection.read_message()))
    connection.ping(b"x")
    extensions = connection.headers.get("Sec-WebSocket-Extensions")
    subprotocol = connection.selected_subprotocol
    connection.close(4001, "done")
    assert await connection.read_message() is None
    return {"echoes": echoes, "extensions": extensions, "subprotocol": subprotocol, "code": connection.close_code}


async def websockets_serve():
    import websockets

    async def echo(connection, path):
        async for message in connection:
            if message == "close":
                return await connection.close(4321, "as asked")
            if message == "ping":
                await (await connection.ping(b"from websockets"))
                message = "pong from websockets"
            await connection.send(message)

    options = {"compression": "deflate" if DEFLATE else None, "max_size": LIMIT, "subprotocols": ["a"]}
    async with websockets.serve(echo, "127.0.0.1", 0, **options) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Event().wait()


async def websockets_connect(url, messages):
    import websockets

    options = {"compression": "deflate" if DEFLATE else None, "max_size": LIMIT, "subprotocols": ["a", "b"]}
    async with websockets.connect(url, **options) as connection:
        echoes = []
        for message in messages:
            await connection.send(decode(message))
            echoes.append(encode(await connection.recv()))
        await asyncio.wait_for(await connection.ping(b"x"), 10)
        extensions = connection.response_headers.get("Sec-WebSocket-Extensions")
        await connection.close(4001, "done")
        return {"echoes": echoes, "extensions": extensions, "subprotocol": connection.subprotocol,
                "code": connection.close_code}


async def autobahn_serve():
    from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol
    from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

    class Echo(WebSocketServerProtocol):
        def onConnect(self, request):
            return "a" if "a" in request.protocols else None

        def onMessage(self, payload, isBinary):
            if payload == b"close":
                return self.sendClose(4321, "as asked")
            if payload == b"ping":
                return self.sendPing(b"from autobahn")
            self.sendMessage(payload, isBinary)

        def onPong(self, payload):
            self.sendMessage(b"pong " + payload, False)

    def accept(offers):
        return next((PerMessageDeflateOfferAccept(o) for o in offers if DEFLATE and isinstance(o, PerMessageDeflateOffer)), None)

    loop = asyncio.get_running_loop()
    factory = WebSocketServerFactory("ws://127.0.0.1", protocols=["a"], loop=loop)
    factory.protocol = Echo
    factory.setProtocolOptions(perMessageCompressionAccept=accept, maxMessagePayloadSize=LIMIT)
    server = await loop.create_server(factory, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def autobahn_connect(url, messages):
    from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
    from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateResponse, PerMessageDeflateResponseAccept

    report = {"echoes": [], "extensions": None, "subprotocol": None, "code": None}
    rest = [decode(message) for message in messages]
    closed = asyncio.Event()

    class Talk(WebSocketClientProtocol):
        def onConnect(self, response):
            report.update(extensions=response.headers.get("sec-websocket-extensions"), subprotocol=response.protocol)

        def onOpen(self):
            self.next()

        def next(self):
            if not rest:
                return self.sendPing(b"x")
            message = rest.pop(0)
            self.sendMessage(message.encode() if isinstance(message, str) else message, isinstance(message, bytes))

        def onMessage(self, payload, isBinary):
            report["echoes"].append(encode(payload if isBinary else payload.decode()))
            self.next()

        def onPong(self, payload):
            self.sendClose(4001, "done")

        def onClose(self, wasClean, code, reason):
            report["code"] = code
            closed.set()

    def accept(response):
        return PerMessageDeflateResponseAccept(response) if isinstance(response, PerMessageDeflateResponse) else None

    loop = asyncio.get_running_loop()
    factory = WebSocketClientFactory(url, protocols=["a", "b"], loop=loop)
    factory.protocol = Talk
    limits = {"request_no_context_takeover": True, "request_max_window_bits": 10} if LIMITED else {}
    factory.setProtocolOptions(perMessageCompressionOffers=[PerMessageDeflateOffer(**limits)] if DEFLATE else [],
                               perMessageCompressionAccept=accept, maxMessagePayloadSize=LIMIT,
                               autoFragmentSize=1000 if LIMITED else 0)
    await loop.create_connection(factory, factory.host, factory.port)
    await closed.wait()
    return report


async def main():
    if MODE == "serve":
        await globals()[f"{LIBRARY}_serve"]()
    else:
        print(json.dumps(await globals()[f"{LIBRARY}_connect"](REST[0], json.load(sys.stdin))))

asyncio.run(main())
