import type { Bodies, DeclaredSchema } from "./declarations.ts";

/** The media type that each kind of body has in headers and documents. */
export const MEDIA_TYPES: { readonly [Kind in keyof Required<Bodies>]: string } = {
  json: "application/json",
  form: "application/x-www-form-urlencoded",
  multipart: "multipart/form-data",
};

/** Returns the bodies by media type; a schema alone is that of JSON. */
export function bodiesOf(body: DeclaredSchema | Bodies): Bodies {
  return "~standard" in body ? { json: body } : body;
}

/** Returns the media types of the bodies that are declared. */
export function mediaTypesOf({ json, form, multipart }: Bodies): string[] {
  const types = [];
  if (json !== undefined) types.push(MEDIA_TYPES.json);
  if (form !== undefined) types.push(MEDIA_TYPES.form);
  if (multipart !== undefined) types.push(MEDIA_TYPES.multipart);
  return types;
}
