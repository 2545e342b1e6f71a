/**
 * What other folders of the house use of HTTP: headers without checks, for those who know what they write, and the heads
 * of responses. It is no entry of the package.
 *
 * @module
 */
export { ResponseHeadParser } from "./_http1/response_head.ts";
export { readResponseHead } from "./_http1/response_reader.ts";
export { getTrusted, sealHeaders, setTrusted } from "./_httputil/headers.ts";
