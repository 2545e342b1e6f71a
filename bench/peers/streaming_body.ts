// The same body for both servers.

/** 1 GiB. */
export const SIZE: number = 2 ** 30;
/** What is handed to the server at once. */
export const CHUNK: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024).fill(0x61);
