/** Published vectors: RFC 4231, and a selection of Wycheproof's hmac_sha256_test.json by its tcId. */
import { assertEquals } from "@std/assert";
import { HmacSha256 } from "../../../src/internal/digest/hmac_sha256.ts";
import { equalInConstantTime } from "../../../src/web/_signed_value/keys.ts";
import { test } from "../../support/test.ts";

type Vector = readonly [name: string, key: string, message: string, tag: string];

const hex = (text: string) => Uint8Array.fromHex(text);
const characters = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const ascii = (text: string) => new TextEncoder().encode(text).toHex();

const RFC_4231: readonly Vector[] = [
  [
    "4.2",
    "0b".repeat(20),
    ascii("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "4.3, a key shorter than the code",
    ascii("Jefe"),
    ascii("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "4.4",
    "aa".repeat(20),
    "dd".repeat(50),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  ],
  [
    "4.5",
    "0102030405060708090a0b0c0d0e0f10111213141516171819",
    "cd".repeat(50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  ["4.6, a code cut to 128 bits", "0c".repeat(20), ascii("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"],
  [
    "4.7, a key longer than a block",
    "aa".repeat(131),
    ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "4.8, key and message longer than a block",
    "aa".repeat(131),
    ascii(
      "This is a test using a larger than block-size key and a larger than block-size data. " +
        "The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

const WYCHEPROOF: readonly Vector[] = [
  [
    "1, empty message",
    "1e225cafb90339bba1b24076d4206c3e79c355805d851682bc818baa4f5a7779",
    "",
    "b175b57d89ea6cb606fb3363f2538abd73a4c00b4a1386905bac809004cf1933",
  ],
  [
    "2, short message",
    "8159fd15133cd964c9a6964c94f0ea269a806fd9f43f0da58b6cd1b33d189b2a",
    "77",
    "dfc5105d5eecf7ae7b8b8de3930e7659e84c4172f2555142f1e568fc1872ad93",
  ],
  [
    "20, message of half a block",
    "186e248ad824e1eb93329a7fdcd565b6cb4eaf3f85b90b910777128d8c538d27",
    "92ef9ff52f46eccc7e38b9ee19fd2de3b37726c8e6ce9e1b96db5dda4c317902",
    "3fc1d73dd4a8858c1fc3d8c4a3f33ed5ad0c70210038394a5902cb26fe287348",
  ],
  [
    "24, message of two blocks",
    "23209b7c5aadcbd13f7279af1a86d3c7ae8f179d1bcaaad0dff9a15302e78dbf",
    "84bdac37e1af35d9356404e2787d47ece58348dea76a4a46e8aade3463d4db8c94a051be3733b38d756984865d56c60e8025f15e3f968f09" +
    "3e7fb7ebc7e31189c5692d15ed4256737b9b1894e5809503aaa1c9983fb096aa21916361eeb6ef455b129723a1a1ddf9deddea208529a648",
    "4a85c479d1650dbd73bc5248074a55ff50218bddaa8d1fddaaf44946dc19aefb",
  ],
  [
    "82, empty message, code of 128 bits",
    "7bf9e536b66a215c22233fe2daaa743a898b9acb9f7802de70b40e3d6e43ef97",
    "",
    "f4605585949747de26f3ee98a738b172",
  ],
  [
    "98, code of 128 bits",
    "612e837843ceae7f61d49625faa7e7494f9253e20cb3adcea686512b043936cd",
    "cc37fae15f745a2f40e2c8b192f2b38d",
    "b96bcacafac30094f18ac5039e7b3656",
  ],
  [
    "163, short key",
    "a349ac0a9f9f74e48e099cc3dbf9a9c9",
    "",
    "3a8437b877b75cc08a4d8d7559a8fc6869a58c713da63d1d4b350d59b597e30c",
  ],
  [
    "165, short key",
    "73ef9ef1a4225e51e3c1db3ace1fa24f",
    "ffad380d9aabb0acede5c1bf112925cdfc3d379fc2376a4fe2644490d0430ac3",
    "9c7cb9f7c207ec46d1e3c55764731c4ab5ddbae4e1401e52a895df0cff4787c9",
  ],
  [
    "168, short key, code of 128 bits",
    "9bd3902ed0996c869b572272e76f3889",
    "a7ba19d49ee1ea02f098aa8e30c740d893a4456ccc294040484ed8a00a55f93e",
    "ac50adad9785a89c7282d8ab881dc615",
  ],
  [
    "169, key longer than a block",
    "8a0c46eb8a2959e39865330079763341e7439dab149694ee57e0d61ec73d947e1d5301cd974e18a5e0d1cf0d2c37e8aadd9fd589d57ef32e" +
    "47024a99bc3f70c077",
    "",
    "f5bfb940561fb4db73ebba49bf2e4893bb0cca618a71b7ecf6aca38231e167ea",
  ],
  [
    "171, key longer than a block",
    "21178e26bc28ffc27c06f762ba190a627075856d7ca6feab79ac63149b17126e34fd9e5590e0e90aac801df09505d8af2dd0a2703b352c57" +
    "3ac9d2cb063927f2af",
    "7d5f1d6b993452b1b53a4375760d10a20d46a0ab9ec3943fc4b07a2ce735e731",
    "e542ac8ac8f364bae4b7da8b7a0777df350f001de4e8cfa2d9ef0b15019496ec",
  ],
  [
    "174, key longer than a block, code of 128 bits",
    "7208afbecf5f1f34828f98b719414e280716de64f5edd1ae1c774153cd2022337bb20fade1b7856f1dbfd40e2b4307f1293ceff1692ee90d" +
    "8c90b5fdf953ab01a5",
    "43b53302b604d613e62db002044a4782d572ac8fbd3cd0ece91b43bc52e18e98",
    "2fecfe45d79339c57dddba68ab34f5f1",
  ],
];

for (const [source, vectors] of [["RFC 4231", RFC_4231], ["Wycheproof", WYCHEPROOF]] as const) {
  for (const [name, key, message, tag] of vectors) {
    test(`HmacSha256 gives the code of ${source} ${name}`, () => {
      const hmac = new HmacSha256(hex(key));
      const bytes = characters(hex(message));
      // A shorter code is the beginning of the whole one (RFC 2104, section 5).
      assertEquals(hmac.hex(bytes).slice(0, tag.length), tag);
      assertEquals(characters(hmac.sealed(bytes)).slice(0, bytes.length + tag.length), bytes + tag);
    });
  }
}

const MODIFIED_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const MODIFIED: readonly (readonly [name: string, message: string, tag: string])[] = [
  ["28, bit 0 flipped", "", "d28b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb"],
  [
    "29, bit 0 flipped",
    "000102030405060708090a0b0c0d0e0f",
    "d9b99f2709a3ca74172cbe93824c1f29b23a0c1e9c21bd851ff2d2c39dbef14e",
  ],
  ["32, bit 7 flipped", "", "538b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb"],
  ["34, bit 8 flipped", "", "d38a42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb"],
  ["68, bits 31 and 63 flipped", "", "d38b42896d80f4df826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb"],
  ["72, every bit flipped", "", "2c74bdf6927f0ba07d94bb562a9f8218db695bea2c0b5e573771c44625723e34"],
  ["74, all zeros", "", "0".repeat(64)],
  ["76, all ones", "", "f".repeat(64)],
  ["80, lowest bits flipped", "", "d28a43086c81f55e836a45a8d4617ce62597a514d2f5a0a9c98f3ab8db8cc0ca"],
  ["145, bit 127 flipped in a code of 128 bits", "", "d38b42096d80f45f826b44a9d5607d67"],
  ["155, code of 128 bits that is all zeros", "", "0".repeat(32)],
];

for (const [name, message, tag] of MODIFIED) {
  test(`HmacSha256 does not give the modified code of Wycheproof ${name}`, () => {
    const code = new HmacSha256(hex(MODIFIED_KEY)).hex(characters(hex(message))).slice(0, tag.length);
    assertEquals(equalInConstantTime(code, tag), false);
  });
}
