import type { Kms, KmsDriver } from "@kms/core";

/** Calls a method of the instance with arguments that its types would not allow, as untyped callers do. */
export function attemptWith(kms: Kms, method: keyof Kms, ...given: readonly unknown[]): unknown {
  const member: unknown = Reflect.get(kms, method);
  return typeof member === "function" ? Reflect.apply(member, kms, given) : undefined;
}

/** The reference with one character changed to another of its kind: well-formed, and nobody's key. */
export function strangeReference(keyId: string): string {
  const at = keyId.search(/[A-Za-z0-9][^A-Za-z0-9]*$/);
  const last = keyId.charAt(at);
  const other = /\d/.test(last) ? String((Number(last) + 1) % 10) : last === "a" ? "b" : "a";
  return keyId.slice(0, at) + other + keyId.slice(at + 1);
}

/** A name that a version could have and none has: a bit longer than one that there is, or other in its end. */
export function neverMade(driver: KmsDriver, version: string | null): readonly string[] {
  if (version === null) return [];
  const candidates = [`${version}97`, ...["0", "7", "f"].map((end) => version.slice(0, -1) + end)];
  return candidates.filter((name) => name !== version && driver.isVersion(name)).slice(0, 1);
}

/** References to keys that must not reach a driver: what a path, a URL, a log or a terminal would stumble over. */
export const hostileReferences: readonly (readonly [string, unknown])[] = [
  ["an empty reference", ""],
  ["a parent folder", "../../sys/health"],
  ["a parent folder inside", "key/../other"],
  ["NUL", "key\u0000"],
  ["a newline", "key\nHost: elsewhere"],
  ["a carriage return", "key\r\n"],
  ["an escape sequence", "\u001b[2Jkey"],
  ["a lone high surrogate", "key\ud800"],
  ["a lone low surrogate", "\udc00key"],
  ["a bidirectional override", "key\u202e"],
  ["a percent sign", "key%2e%2e"],
  ["a query", "key?version=1"],
  ["a fragment", "key#1"],
  ["a backslash", "key\\other"],
  ["a space", " key"],
  ["ten megabytes", "a".repeat(10_000_000)],
  ["a number", 17],
  ["null", null],
  ["an array", ["key"]],
  ["an object that becomes a string", { toString: () => "key" }],
];

/** Everything that an iteration yields. */
export async function collect<T>(iteration: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const each of iteration) found.push(each);
  return found;
}
