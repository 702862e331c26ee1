import { KmsError, type Json } from "@kms/core";

/** A member of what `Place.secondProcess` said, as an object. `INVALID_ARGUMENT` where it is none. */
export function recordIn(json: Json | undefined): { readonly [name: string]: Json } {
  const isRecord = typeof json === "object" && json !== null && !Array.isArray(json);
  if (isRecord) return json as { readonly [name: string]: Json };
  throw new KmsError("INVALID_ARGUMENT", "The connection to the back end is no object.");
}

/** The same as a text. */
export function textIn(json: Json | undefined): string {
  if (typeof json === "string") return json;
  throw new KmsError("INVALID_ARGUMENT", "The connection to the back end lacks a text.");
}
