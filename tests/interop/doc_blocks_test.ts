// The configurations in the guide, given to the programs that they are for.
import { assertEquals } from "@std/assert";
import { blocksOf } from "../../tools/guide_blocks.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

async function run(
  command: string,
  args: readonly string[],
  input: string = "",
): Promise<{ code: number; text: string }> {
  const child = new Deno.Command(command, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, text: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}

function isThere(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A certificate and its key, as PEM. */
async function certificate(): Promise<[certificate: string, key: string]> {
  const folder = new URL("../support/certs/", import.meta.url);
  return [
    await Deno.readTextFile(new URL("server.pem", folder)),
    await Deno.readTextFile(new URL("server_key.pem", folder)),
  ];
}

test("docs: nginx takes its configurations", async () => {
  const [cert, key] = await certificate();
  for (const { place, code } of blocksOf("nginx")) {
    using dir = new TempDir();
    const files = {
      "/etc/nginx/shop.crt": dir.write("shop.crt", cert),
      "/etc/nginx/shop.key": dir.write("shop.key", key),
    };
    let text = code;
    for (const [name, file] of Object.entries(files)) text = text.replaceAll(name, file);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
      `${name}_temp_path ${dir.path}/${name};`
    );
    const path = dir.write(
      "nginx.conf",
      `pid ${dir.path}/pid; error_log stderr; events {} http { access_log off; ${temporary.join(" ")}\n${text}}`,
    );
    const { code: status, text: said } = await run("/usr/sbin/nginx", ["-t", "-c", path]);
    assertEquals([status, /\[(?:warn|emerg|error)\]/.test(said)], [0, false], `${place}: ${said}`);
  }
});

test("docs: haproxy takes its configurations", async () => {
  const [cert, key] = await certificate();
  for (const { place, code } of blocksOf("haproxy")) {
    using dir = new TempDir();
    const path = dir.write(
      "haproxy.cfg",
      code.replace("/etc/haproxy/shop.pem", dir.write("shop.pem", `${cert}\n${key}`)),
    );
    const { code: status, text } = await run("/usr/sbin/haproxy", ["-c", "-f", path]);
    assertEquals(status, 0, `${place}: ${text}`);
  }
});

test("docs: Python takes its programs", async () => {
  for (const { place, code } of blocksOf("python")) {
    const { code: status, text } = await run("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], code);
    assertEquals(status, 0, `${place}: ${text}`);
  }
});

test("docs: Prometheus takes its configuration", async () => {
  for (const { place, code } of blocksOf("yaml")) {
    using dir = new TempDir();
    const { code: status, text } = await run("promtool", ["check", "config", dir.write("prometheus.yml", code)]);
    assertEquals(status, 0, `${place}: ${text}`);
  }
});

// Its package is the system itself, which a container does without.
test(`docs: systemd takes its units${isThere("systemd-analyze") ? "" : ", if it is installed, as it is not"}`, async () => {
  if (!isThere("systemd-analyze")) return;
  using dir = new TempDir();
  const files = blocksOf("ini").map(({ code }) => {
    const [, name = ""] = /^# \/etc\/systemd\/system\/(\S+)/.exec(code) ?? [];
    // There, only a program that is installed is one.
    return dir.write(name, code.replace(/^ExecStart=\S+/m, `ExecStart=${Deno.execPath()}`));
  });
  const { code, text } = await run("systemd-analyze", ["verify", ...files]);
  assertEquals([code, text], [0, ""]);
});
