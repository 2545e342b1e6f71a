// What the rest of the house needs of templates before any template is compiled.
export { RenderError } from "./errors.ts";
