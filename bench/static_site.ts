// Servers of static files, their files, and what they are asked.
import { denoPeer, peerFile, succeeds } from "./support.ts";
import type { Case, Peer } from "./wrk.ts";

const NGINX = "/usr/sbin/nginx";
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Without holes, but for the largest: a GiB of pages would tell more of the memory than of the servers. */
export async function makeFiles(root: string): Promise<void> {
  await Deno.mkdir(root);
  for (const [name, size] of [["kib.txt", KIB], ["mib.txt", MIB]] as const) {
    await Deno.writeFile(`${root}/${name}`, new Uint8Array(size).fill(97));
  }
  await Deno.writeFile(`${root}/gib.txt`, new Uint8Array(0));
  await Deno.truncate(`${root}/gib.txt`, GIB);
  // Nobody keeps what has only just changed.
  for (const name of ["kib.txt", "mib.txt", "gib.txt"]) await Deno.utime(`${root}/${name}`, 1.7e9, 1.7e9);
}

/** As a site would have it, but with one process, which serves files by itself. */
async function nginx(scratch: string, root: string): Promise<Peer> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `${name}_temp_path ${scratch}/${name};`
  );
  await Deno.writeTextFile(
    `${scratch}/nginx.conf`,
    `
    daemon off;
    master_process off;
    pid ${scratch}/pid;
    error_log stderr notice;
    events {}
    http {
      ${temporary.join("\n")}
      access_log off;
      sendfile on;
      tcp_nopush on;
      keepalive_requests 1000000000;
      open_file_cache max=100;
      types { text/plain txt; }
      server { listen 127.0.0.1:${port}; root ${root}; }
    }`,
  );
  return {
    name: "nginx",
    command: ["bash", "-c", `exec ${NGINX} -p ${scratch} -e stderr -c ${scratch}/nginx.conf 2>&1`],
    sign: { pattern: / OS: /, port },
  };
}

/** The servers of the files below `root`; `scratch` is a directory for what they write. */
export async function staticPeers(scratch: string, root: string): Promise<Peer[]> {
  const peers: Peer[] = [
    { name: "Twister listen", command: denoPeer("static_twister.ts", `--root=${root}`, "--engine=listen") },
    { name: "Twister serve", command: denoPeer("static_twister.ts", `--root=${root}`, "--engine=serve") },
    { name: "Deno.serve", command: denoPeer("static_deno.ts", `--root=${root}`) },
  ];
  if (await succeeds("/usr/bin/python3", "-c", "import tornado")) {
    peers.push({ name: "Tornado", command: ["/usr/bin/python3", peerFile("static_tornado.py"), root] });
  } else console.log("left out: Tornado (Debian package python3-tornado)");
  if (await succeeds(NGINX, "-v")) peers.push(await nginx(scratch, root));
  else console.log("left out: nginx (Debian package nginx-light)");
  return peers;
}

export const STATIC_CASES: readonly Case[] = [
  { name: "1 KiB", path: "/kib.txt", status: 200, connections: 64 },
  { name: "1 MiB", path: "/mib.txt", status: 200, connections: 16 },
  { name: "1 GiB", path: "/gib.txt", status: 200, connections: 4, byBytes: true },
  {
    name: "304",
    path: "/kib.txt",
    status: 304,
    connections: 64,
    headers: (first) => ({ "If-None-Match": first.headers.get("Etag") ?? "" }),
  },
];
