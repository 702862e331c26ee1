import type { ActionConfig } from "../contract/key.ts";
import type { CryptoOperation, Json, Purpose, StringMap } from "../contract/words.ts";
import { carries, requiredEntries } from "../encoding/associated-data.ts";
import { KmsError } from "../errors.ts";
import { dropUndefined, plainObject, readTime } from "./configuration.ts";
import { shown } from "./key-id.ts";

/** An action configuration as a handle carries it. */
export interface Restriction {
  readonly operations: readonly CryptoOperation[] | undefined;
  readonly requiredAssociatedData: Readonly<Record<string, string | null>> | undefined;
  readonly verifyAt: "local" | "provider" | undefined;
  readonly notAfter: number | undefined;
}

/** Which uses each purpose allows; the type `OperationPurposes` as data. */
export const usesOf: Readonly<Record<Purpose, readonly CryptoOperation[]>> = {
  encryption: ["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"],
  "asymmetric-encryption": ["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"],
  signature: ["sign", "verify"],
  mac: ["generateMac", "verifyMac"],
  "key-wrapping": ["wrapKey", "unwrapKey"],
  "key-agreement": ["deriveSharedSecret"],
  "key-encapsulation": ["encapsulate", "decapsulate"],
};

const members: ReadonlySet<string> = new Set<keyof ActionConfig>([
  "operations",
  "requiredAssociatedData",
  "verifyAt",
  "notAfter",
]);

/** Reads a restriction for a key of this purpose. `INVALID_ARGUMENT` for an unknown member, an operation that the purpose does not have, or a value of the wrong kind. */
export function readRestriction(value: unknown, purpose: Purpose): Restriction {
  const given = plainObject(value, "action configuration");
  for (const name of Object.keys(given)) {
    if (!members.has(name)) throw invalid(`An action configuration has no member ${shown(name)}.`);
  }
  const { verifyAt, notAfter } = given;
  if (verifyAt !== undefined && verifyAt !== "local" && verifyAt !== "provider") {
    throw invalid(`verifyAt is "local" or "provider"; ${shown(verifyAt)} was given.`);
  }
  const end = readTime(notAfter, "notAfter");
  if (verifyAt !== undefined && purpose !== "signature") {
    throw invalid(`verifyAt is for signing keys; this one is for ${purpose}.`);
  }
  const requiredAssociatedData = readRequired(given["requiredAssociatedData"]);
  if (requiredAssociatedData !== undefined && purpose !== "encryption") {
    throw invalid(`A key for ${purpose} takes no associated data, so that none can be required.`);
  }
  return Object.freeze({
    operations: readOperations(given["operations"], purpose),
    requiredAssociatedData,
    verifyAt,
    notAfter: end,
  });
}

/**
 * Both restrictions at once. `INVALID_ARGUMENT` where they contradict each other: nothing widens a handle again. `TOO_LARGE`
 * where together they require more associated data than a call can have.
 */
export function narrow(earlier: Restriction | undefined, later: Restriction): Restriction {
  if (earlier === undefined) return later;
  if (earlier.verifyAt !== undefined && later.verifyAt !== undefined && earlier.verifyAt !== later.verifyAt) {
    throw invalid(
      `The handle already says verifyAt: "${earlier.verifyAt}"; a restriction cannot be changed, only narrowed.`,
    );
  }
  const required = { __proto__: null, ...earlier.requiredAssociatedData } as Record<string, string | null>;
  for (const [name, value] of Object.entries(later.requiredAssociatedData ?? {})) {
    const had = required[name];
    if (typeof had === "string" && typeof value === "string" && had !== value) {
      throw invalid(`The handle already requires another value of ${shown(name)}; nothing could satisfy both.`);
    }
    required[name] = value ?? had ?? null;
  }
  const { operations } = earlier;
  return Object.freeze({
    operations:
      operations === undefined
        ? later.operations
        : Object.freeze(operations.filter((operation) => later.operations?.includes(operation) ?? true)),
    requiredAssociatedData: readRequired(required),
    verifyAt: earlier.verifyAt ?? later.verifyAt,
    notAfter: earliest(earlier.notAfter, later.notAfter),
  });
}

const earliest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** Refuses with `POLICY_VIOLATION` what the restriction does not allow. */
export function checkRestriction(
  restriction: Restriction,
  operation: CryptoOperation,
  associatedData: StringMap,
  nowMs: number,
): void {
  if (restriction.operations !== undefined && !restriction.operations.includes(operation)) {
    throw refused(
      `This handle is restricted to ${restriction.operations.join(", ") || "no operation at all"}; ${operation} is not among them.`,
    );
  }
  if (restriction.notAfter !== undefined && nowMs > restriction.notAfter) {
    throw refused(
      `This handle is restricted to uses until ${new Date(restriction.notAfter).toISOString()}, which has passed.`,
    );
  }
  const { requiredAssociatedData } = restriction;
  if (requiredAssociatedData !== undefined && !carries(associatedData, requiredAssociatedData)) {
    const names = Object.keys(requiredAssociatedData).map(shown).join(", ");
    throw refused(
      `This handle is restricted to associated data with certain entries (${names}), and the call's differs.`,
    );
  }
}

/** As claims of a token. */
export const restrictionToJson = (restriction: Restriction): Json =>
  dropUndefined({
    operations: restriction.operations,
    requiredAssociatedData: restriction.requiredAssociatedData,
    verifyAt: restriction.verifyAt,
    notAfter: restriction.notAfter === undefined ? undefined : new Date(restriction.notAfter).toISOString(),
  });

/** Out of claims; checked like one from a caller. */
export function restrictionFromJson(json: Json, purpose: Purpose): Restriction {
  const given = plainObject(json, "restriction");
  const { notAfter, ...rest } = given;
  return readRestriction(typeof notAfter === "string" ? { ...rest, notAfter: new Date(notAfter) } : given, purpose);
}

function readOperations(value: unknown, purpose: Purpose): readonly CryptoOperation[] | undefined {
  if (value === undefined) return undefined;
  const allowed = usesOf[purpose];
  if (!Array.isArray(value)) throw invalid("operations must be a list of operations.");
  const chosen = new Set<unknown>(value);
  for (const operation of chosen) {
    if (!allowed.some((use) => use === operation)) {
      throw invalid(`A key for ${purpose} has no operation ${shown(operation)}; it has ${allowed.join(", ")}.`);
    }
  }
  return Object.freeze(allowed.filter((use) => chosen.has(use)));
}

function readRequired(value: unknown): Readonly<Record<string, string | null>> | undefined {
  if (value === undefined) return undefined;
  const required = requiredEntries(value);
  return Object.keys(required).length === 0 ? undefined : required;
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
const refused = (message: string): KmsError => new KmsError("POLICY_VIOLATION", message);
