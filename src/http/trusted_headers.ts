/**
 * Access to headers without checks, for the layers of this library that know what they write. It is no entry of the package.
 *
 * @module
 */
export { getTrusted, sealHeaders, setTrusted } from "./_httputil/headers.ts";
