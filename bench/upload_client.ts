// A client that sends one file to a server that counts its bytes.

const CHUNK = new Uint8Array(64 * 1024).fill(0x61);
const PART =
  '--B\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
const END = "\r\n--B--\r\n";

/** The head of a request, and what its body has before and behind the content. */
export interface Shape {
  readonly head: string;
  readonly before: string;
  readonly behind: string;
}

export function rawShape(size: number): Shape {
  const head = `PUT /upload/a.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`;
  return { head, before: "", behind: "" };
}

export function formShape(size: number, cookie: string): Shape {
  const token = cookie === "" ? "" : `Cookie: _xsrf=${cookie}\r\nX-XSRFToken: ${cookie}\r\n`;
  const head = `POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\n${token}` +
    `Content-Length: ${PART.length + size + END.length}\r\nConnection: close\r\n\r\n`;
  return { head, before: PART, behind: END };
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}

/** Sends one file, and makes sure that the server has counted its bytes. */
export async function upload(port: number, { head, before, behind }: Shape, size: number): Promise<void> {
  using conn = await Deno.connect({ port, hostname: "127.0.0.1" });
  const encoder = new TextEncoder();
  await writeAll(conn, encoder.encode(head + before));
  for (let sent = 0; sent < size; sent += CHUNK.length) {
    await writeAll(conn, CHUNK.subarray(0, Math.min(CHUNK.length, size - sent)));
  }
  await writeAll(conn, encoder.encode(behind));
  const answer = await new Response(conn.readable).text();
  if (!answer.includes(`"size":${size}`)) throw new Error(`The server has not got ${size} bytes: ${answer}`);
}
