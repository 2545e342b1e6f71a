import { TCPClient } from "../../src/net/tcpclient.ts";
import { define } from "../../src/util/options.ts";
import { readArguments } from "./arguments.ts";

const host = define("host", { defaultValue: "localhost", help: "Host of the server" });
const port = define("port", { defaultValue: 8888, type: "int", help: "Port of the server" });
const timeout = define("timeout", { defaultValue: 5, help: "Seconds for the connection" });

const words = readArguments();
const client = new TCPClient();
using stream = await client.connect(host.value, port.value, { timeout: timeout.value });
stream.write(new TextEncoder().encode(`${words.join(" ")}\n`));
const line = await stream.readUntil(new Uint8Array([10]), 65536);
console.log(new TextDecoder().decode(line).trimEnd());
