/** What other folders of the house need of HTTP, and users do not. */
export { ResponseHeadParser } from "./_http1/response_head.ts";
export { readResponseHead } from "./_http1/response_reader.ts";
