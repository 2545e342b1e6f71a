import { TCPClient } from "../../src/net/tcpclient.ts";
import { define } from "../../src/util/options.ts";
import { readArguments } from "./arguments.ts";

const host = define("host", { defaultValue: "localhost", help: "Host of the server" });
const port = define("port", { defaultValue: 8888, type: "int", help: "Port of the server" });
const timeout = define("timeout", { defaultValue: 5, help: "Seconds for the connection" });

const words = readArguments();
const client = new TCPClient();
using stream = await client.connect(host.value, port.value, { timeout: timeout.value });
stream.write(`${words.join(" ")}\n`);
console.log((await stream.readTextUntil("\n", 65536)).trimEnd());
