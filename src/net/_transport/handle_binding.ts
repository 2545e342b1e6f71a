/** A request object of a handle. The handle calls `oncomplete` unless the call itself has finished the request. */
export interface HandleRequest {
  oncomplete: ((status: number) => void) | null;
}

/** A stream handle: a connection, or a socket that listens. */
export interface StreamHandle {
  /** Called as a method of the handle for each read, with the count or an error number in the binding's state. */
  onread(): void;
  /** Called for each connection that waits in the queue. */
  onconnection: (this: StreamHandle, status: number) => void;
  /** Reads into this memory, which other handles may share, from now on. */
  useUserBuffer(memory: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  /** Writes bytes, which it does not copy. */
  writeBuffer(request: HandleRequest, data: Uint8Array): number;
  /** Writes a text, a byte for each character. */
  writeLatin1String(request: HandleRequest, text: string): number;
  shutdown(request: HandleRequest): number;
  close(): void;
  ref(): void;
  unref(): void;
  listen(backlog: number): number;
  accept(client: StreamHandle): number;
  open(fd: number): number;
  /** Returns a new descriptor of the same socket, or a negative number. */
  fdForIpc(): number;
}

/** The name of a socket, as a handle tells it. */
export interface SocketName {
  address?: string;
  port?: number;
  family?: string;
}

/** A stream handle over TCP. */
export interface TCPHandle extends StreamHandle {
  bind(address: string, port: number): number;
  bind6(address: string, port: number, flags: number): number;
  bindWithFlags(address: string, port: number, flags: number): number;
  connect(request: HandleRequest, address: string, port: number): number;
  connect6(request: HandleRequest, address: string, port: number): number;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, seconds: number): number;
  getpeername(name: SocketName): number;
  getsockname(name: SocketName): number;
  /** Opens a copy of the descriptor of a Deno resource. */
  openFromRid?(rid: number): number;
}

/** A stream handle over a Unix socket. */
export interface PipeHandle extends StreamHandle {
  /** The descriptor, or a negative number. */
  readonly fd: number;
  bind(path: string): number;
  connect(request: HandleRequest, path: string): number;
}

type RequestClass = new () => HandleRequest;

/** Takes what a handle has read: a number of bytes, or a negative error number. */
export interface HandleReader {
  receive(count: number): void;
}

/** A handle that is a connection. */
export interface SocketHandle extends StreamHandle {
  reader: HandleReader | null;
}

/** The stream handles of Deno below `node:net`, and classes of those that are connections. */
export interface HandleBinding extends NativeBinding {
  readonly TCPSocket: new () => TCPHandle & SocketHandle;
  readonly PipeSocket: new () => PipeHandle & SocketHandle;
}

/** The stream handles of Deno below `node:net`. */
interface NativeBinding {
  readonly TCP: new (type: number) => TCPHandle;
  readonly Pipe: new (type: number) => PipeHandle;
  /** The type of a handle that is a connection. */
  readonly socketType: number;
  /** The type of a handle that listens. */
  readonly serverType: number;
  readonly reusePort: number;
  readonly TCPConnectWrap: RequestClass;
  readonly PipeConnectWrap: RequestClass;
  readonly WriteWrap: RequestClass;
  readonly ShutdownWrap: RequestClass;
  /** The results of the last call on any handle, by the indices below. */
  readonly state: Int32Array;
  /** Index of the bytes read, or of the error number. */
  readonly readBytesOrError: number;
  /** Index of whether the last write goes on after its call. */
  readonly lastWriteWasAsync: number;
}

/**
 * The versions of Deno on which the tests of connections have passed over the handles: from the first one up to all
 * patches of the last. `deno task test:versions` runs them on the oldest and the newest.
 */
export const SUPPORTED: readonly [first: string, last: string] = ["2.9.0", "2.9"];

let loaded: HandleBinding | null | undefined;

/** The stream handles, or `null` where this runtime has none, or others than those that were tested. */
export function handleBinding(): HandleBinding | null {
  return loaded === undefined ? loaded = load() : loaded;
}

function load(): HandleBinding | null {
  const native = isTestedVersion() ? readBinding() : null;
  return native === null ? null : withSockets(native);
}

/**
 * Adds classes of connections, in which the reader is a field and not a property that is added to each: an object that
 * gets properties needs a second one for them.
 */
function withSockets(native: NativeBinding): HandleBinding {
  const { state, readBytesOrError, socketType } = native;
  class TCPSocket extends native.TCP {
    reader: HandleReader | null = null;

    constructor() {
      super(socketType);
    }

    override onread(): void {
      this.reader?.receive(state[readBytesOrError]);
    }
  }
  class PipeSocket extends native.Pipe {
    reader: HandleReader | null = null;

    constructor() {
      super(socketType);
    }

    override onread(): void {
      this.reader?.receive(state[readBytesOrError]);
    }
  }
  return { ...native, TCPSocket, PipeSocket };
}

/** Tells whether the tests have passed on this version of Deno. */
export function isTestedVersion(): boolean {
  return isSupported(Deno.version.deno);
}

/** Tells whether the tests have passed on a version. */
export function isSupported(version: string): boolean {
  const [first, last] = SUPPORTED;
  return !isBefore(version, first) && (version.startsWith(`${last}.`) || isBefore(version, last));
}

/** Compares numbers from the left; the first comparison of texts by a locale would take 12 ms of the start. */
function isBefore(version: string, other: string): boolean {
  const [own, others] = [version, other].map((text) => text.split(".").map((part) => parseInt(part)));
  const at = own.findIndex((number, i) => number !== (others[i] ?? -1));
  return at < 0 ? own.length < others.length : own[at] < (others[at] ?? -1);
}

/** Looks whether the handles are what they are taken for. */
function readBinding(): NativeBinding | null {
  const { process } = globalThis as { process?: unknown };
  if (!isRecord(process)) return null;
  const { binding: bind } = process;
  if (typeof bind !== "function") return null;
  const [tcp, pipe, stream]: unknown[] = ["tcp_wrap", "pipe_wrap", "stream_wrap"].map((name) =>
    attempt(() => bind.call(process, name))
  );
  if (!isRecord(tcp) || !isRecord(pipe) || !isRecord(stream) || !isRecord(tcp.constants)) return null;
  const { SOCKET, SERVER, UV_TCP_REUSEPORT } = tcp.constants;
  const { streamBaseState, kReadBytesOrError, kLastWriteWasAsync } = stream;
  const binding: Record<keyof NativeBinding, unknown> = {
    TCP: tcp.TCP,
    Pipe: pipe.Pipe,
    socketType: SOCKET,
    serverType: SERVER,
    reusePort: UV_TCP_REUSEPORT,
    TCPConnectWrap: tcp.TCPConnectWrap,
    PipeConnectWrap: pipe.PipeConnectWrap,
    WriteWrap: stream.WriteWrap,
    ShutdownWrap: stream.ShutdownWrap,
    state: streamBaseState,
    readBytesOrError: kReadBytesOrError,
    lastWriteWasAsync: kLastWriteWasAsync,
  };
  return isBinding(binding) ? binding : null;
}

const METHODS = [
  "useUserBuffer",
  "readStart",
  "readStop",
  "writeBuffer",
  "writeLatin1String",
  "shutdown",
  "close",
  "ref",
  "unref",
];
const SERVER_METHODS = ["listen", "accept", "bind", "open", "connect", "fdForIpc"];
const TCP_METHODS = ["bind6", "bindWithFlags", "connect6", "setNoDelay", "setKeepAlive", "getpeername", "getsockname"];

/** Tells whether a value, such as what another process has sent, is a handle that can listen. */
export function isServerHandle(value: unknown): value is StreamHandle {
  return isRecord(value) && [...METHODS, ...SERVER_METHODS].every((name) => typeof value[name] === "function");
}

function isBinding(
  value: Record<keyof NativeBinding, unknown>,
): value is Record<keyof NativeBinding, unknown> & NativeBinding {
  const { TCP, Pipe, TCPConnectWrap, PipeConnectWrap, WriteWrap, ShutdownWrap } = value;
  const { state, socketType, serverType, reusePort, readBytesOrError, lastWriteWasAsync } = value;
  return hasMethods(TCP, [...METHODS, ...SERVER_METHODS, ...TCP_METHODS]) &&
    hasMethods(Pipe, [...METHODS, ...SERVER_METHODS]) &&
    [TCPConnectWrap, PipeConnectWrap, WriteWrap, ShutdownWrap].every((one) => typeof one === "function") &&
    state instanceof Int32Array &&
    [socketType, serverType, reusePort, readBytesOrError, lastWriteWasAsync].every(Number.isInteger);
}

function hasMethods(target: unknown, names: readonly string[]): boolean {
  if (typeof target !== "function") return false;
  const { prototype } = target;
  return isRecord(prototype) && names.every((name) => typeof prototype[name] === "function");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

function attempt<T>(get: () => T): T | null {
  try {
    return get();
  } catch {
    return null;
  }
}
