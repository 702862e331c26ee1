import type { CryptographyClient, KeyVaultKey } from "@azure/keyvault-keys";
import {
  conditionOf,
  KmsError,
  stateOf,
  type Call,
  type Named,
  type Operation,
  type VersionReference,
} from "@kms/core/driver";
import type { CallSettings } from "../client.ts";
import { codeOf, isBareRefusal, present } from "../errors.ts";
import { nameOf } from "../key-id.ts";
import type { Vault } from "../records.ts";
import { describe } from "./reading.ts";
import { readVersion } from "./versions.ts";

/** A use of a key version: by which operation, and how the SDK is asked. */
export interface Use<R> {
  readonly operation: Operation;
  readonly ask: (client: CryptographyClient, settings: CallSettings) => Promise<R>;
}

const opening: ReadonlySet<Operation> = new Set<Operation>(["decrypt", "unwrapKey", "unwrapDataKey"]);

/**
 * Uses a version: one request. Only where the service's refusal can mean two things is the key looked at. 404 is what it
 * answers of a deleted key too (`provider-facts` §5.1): `INVALID_STATE` for one whose destruction is scheduled, and a
 * version that a ciphertext or data key made up is `DECRYPTION_FAILED`. 403 without a reason is what it may answer outside a
 * version's dates: `INVALID_STATE`. Whoever may not look is told what the service said, but for opening what names a version
 * that the handle does not pin. `UNAVAILABLE` for an answer that names no
 * version; a verdict alone names none.
 */
export async function useVersion<R>(
  vault: Vault,
  key: VersionReference,
  { operation, ask }: Use<R>,
  call: Call,
): Promise<Named & { readonly answer: R }> {
  try {
    const answered = await vault.connection.use(key, ask, call);
    // Everything but a verdict names its version (REST reference, KeyOperationResult): what does not is no answer of Azure's.
    if (operation !== "verify") present(answered.version, "kid");
    return answered;
  } catch (cause) {
    if (codeOf(cause, operation) === "NOT_FOUND") throw (await whyAbsent(vault, key, operation, call)) ?? cause;
    if (isBareRefusal(cause, operation)) throw (await whyRefused(vault, key, call)) ?? cause;
    throw cause;
  }
}

async function whyRefused(vault: Vault, key: VersionReference, call: Call): Promise<KmsError | undefined> {
  let found: KeyVaultKey;
  try {
    found = await readVersion(vault, nameOf(key.id), key.version, call);
  } catch {
    return undefined; // as in `whyAbsent`
  }
  const { notBefore, expiresOn: notAfter } = found.properties;
  const condition = conditionOf({ native: "enabled", notBefore, notAfter }, call.now);
  if (condition === "active") return undefined;
  const message =
    condition === "pre-activation"
      ? "The version is not active yet: Azure refuses it before its activation date."
      : "The version's deactivation date is over: Azure refuses it.";
  return new KmsError("INVALID_STATE", message, { keyId: key.id, state: stateOf(condition) });
}

async function whyAbsent(
  vault: Vault,
  key: VersionReference,
  operation: Operation,
  call: Call,
): Promise<KmsError | undefined> {
  let found: Awaited<ReturnType<typeof describe>>;
  try {
    found = await describe(vault, nameOf(key.id), call, key);
  } catch {
    // Why the look failed is beside the point. A version that the handle does not pin came out of bytes that others can
    // alter: it is the one opaque answer (`crypto-rules` 9). Of a pinned one the caller learns what the service said.
    return opening.has(operation) && key.pinned?.includes(key.version) !== true ? unknownVersion() : undefined;
  }
  if ("record" in found) {
    return new KmsError(
      "INVALID_STATE",
      "The key is deleted, and its destruction is scheduled. cancelDestruction recovers it.",
      {
        keyId: key.id,
        state: "suspended",
      },
    );
  }
  if (opening.has(operation) && !found.versions.some(({ version }) => version === key.version)) {
    return unknownVersion();
  }
  return undefined;
}

const unknownVersion = (): KmsError =>
  new KmsError("DECRYPTION_FAILED", "The key has no version of the id that is named.");
