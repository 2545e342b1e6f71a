import { assert, assertEquals } from "@std/assert";
import { isValidIp } from "../../../src/net/netutil.ts";
import { unmapIPv4 } from "../../../src/net/_netutil/ip.ts";
import { test } from "../../support/test.ts";

test("isValidIp takes IPv4 and IPv6 addresses", () => {
  for (
    const ip of [
      "127.0.0.1",
      "4.4.4.4",
      "0.0.0.0",
      "255.255.255.255",
      "::1",
      "::",
      "2620:0:1cfe:face:b00c::3",
      "2001:DB8::a",
      "1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7::",
      "::2:3:4:5:6:7:8",
      "1::8",
      "::ffff:192.0.2.1",
      "64:ff9b::192.0.2.33",
      "1:2:3:4:5:6:1.2.3.4",
      "::1.2.3.4",
      "fe80::1%eth0",
      "fe80::1%1",
      "0000:0000:0000:0000:0000:ffff:0000:0000",
    ]
  ) assert(isValidIp(ip), ip);
});

test("isValidIp refuses all else", () => {
  for (
    const text of [
      "",
      " ",
      "\n",
      "\x00",
      "www.google.com",
      "localhost",
      "4.4.4.4<",
      " 127.0.0.1",
      "127.0.0.1 ",
      "127.0.0.1\n",
      "127.0.0.1:80",
      "[::1]",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.0x4",
      "+1.2.3.4",
      "1.2.3.-4",
      "١.2.3.4",
      "::1::",
      ":::",
      ":",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
      "12345::",
      "g::",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "::1.2.3",
      "1:2:3:4:5:6:7:1.2.3.4",
      ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:",
      "::ffff:192.0.2.01",
      "fe80::1%",
      "fe80::1%a b",
      "127.0.0.1%lo",
      "%eth0",
      "1".repeat(1e6),
      ":".repeat(1e6),
      "1:".repeat(1e6),
    ]
  ) assert(!isValidIp(text), JSON.stringify(text.slice(0, 50)));
});

test("unmapIPv4 changes mapped IPv4 addresses only", () => {
  for (const ip of ["::1", "127.0.0.1", "::ffff:1", "::ffff:1.2.3", "::ffff:0:1.2.3.4", "1::ffff:1.2.3.4"]) {
    assertEquals(unmapIPv4(ip), ip);
  }
  assertEquals(unmapIPv4("::ffff:1.2.3.4"), "1.2.3.4");
});
