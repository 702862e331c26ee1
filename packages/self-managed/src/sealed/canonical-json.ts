import { KmsError, type Json } from "@kms/core/driver";

/**
 * The one spelling of a JSON value (RFC 8785), numbers being safe integers and nesting as deep as our formats are.
 * `INVALID_ARGUMENT` for other numbers and for lone surrogates, which UTF-8 cannot say.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return numeral(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  // RFC 8785 §3.2.3 sorts by UTF-16 code units, as the default sort does.
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${quoted(name)}:${canonicalJson(value[name] ?? null)}`).join(",")}}`;
}

// Array.isArray does not tell a readonly array from an object.
const isList = (value: readonly Json[] | { readonly [name: string]: Json }): value is readonly Json[] =>
  Array.isArray(value);

/** JSON out of bytes, or undefined for what is no UTF-8 or no JSON. Whether it is canonical is not looked at. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined; // Malformed UTF-8 and malformed JSON are the same answer; no JSON text means undefined.
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text in canonical JSON. `INVALID_ARGUMENT` for a lone surrogate. */
export function quoted(value: string): string {
  if (value.isWellFormed()) return JSON.stringify(value); // RFC 8785 §3.2.2.2 takes over the escapes of ECMAScript.
  throw unwritable("a lone surrogate");
}

/** A number in canonical JSON. `INVALID_ARGUMENT` for anything but a safe integer. */
export function numeral(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 ? "0" : String(value); // RFC 8785 §3.2.2.3: minus zero is 0.
  throw unwritable("a number that is no safe integer");
}

const unwritable = (found: string): KmsError =>
  new KmsError("INVALID_ARGUMENT", `Writing canonical JSON: found ${found}. Pass well-formed text and safe integers.`);
