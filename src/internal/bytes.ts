/** Bytes as the Web APIs of Deno take them: a view on an `ArrayBuffer`, never on a shared one. */
export type Bytes = Uint8Array<ArrayBuffer>;
