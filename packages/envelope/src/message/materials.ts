import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { isUint8Array } from "node:util/types";
import { KmsError, type EncryptedDataKey, type OwnedBytes } from "@kms/core";
import { after, type Awaitable } from "../after.ts";
import { entriesOf, publicKeyEntry, type Entries } from "../format/associated-data.ts";
import { usualDataKeys } from "../format/limits.ts";
import { suiteOf, type WrittenSuiteId } from "../format/suites.ts";
import type { Deadline } from "../options.ts";
import { signingKey } from "../primitives.ts";
import { generateFor } from "../recipients/drawn.ts";
import type { GeneratedDataKey, Recipient, WrapRequest } from "../recipients/recipient.ts";

/** What a new message is made with. */
export interface EncryptionMaterials {
  /** In clear; the one who asked overwrites it. */
  readonly dataKey: OwnedBytes;
  readonly encrypted: readonly EncryptedDataKey[];
  /** All associated data; in a signed suite with the public key. */
  readonly entries: Entries;
  /** Signs the message, in a signed suite. */
  readonly privateKey: KeyObject | undefined;
}

/** The request that recipients see. */
export function wrapRequest(entries: Entries, deadline: Deadline): WrapRequest {
  return {
    associatedData: entries.map,
    associatedDataBytes: entries.bytes,
    signal: deadline.signal,
    remainingMs: () => deadline.remainingMs(),
  };
}

/** A fresh data key for a new message and, in a signed suite, a fresh signing key bound to it by associated data. */
export function freshMaterials(
  recipient: Recipient,
  suite: WrittenSuiteId,
  given: Entries,
  deadline: Deadline,
): Awaitable<EncryptionMaterials> {
  const { entries, privateKey } = withSigningKey(suite, given);
  const generated = generateFor(recipient, 32, wrapRequest(entries, deadline));
  return after(generated, (made) => {
    try {
      check(made);
    } catch (error) {
      wipe(made);
      throw error;
    }
    return { dataKey: made.dataKey, encrypted: made.encrypted, entries, privateKey };
  });
}

function withSigningKey(suite: WrittenSuiteId, entries: Entries): Pick<EncryptionMaterials, "entries" | "privateKey"> {
  const curve = suiteOf(suite)?.signature;
  if (curve === undefined) return { entries, privateKey: undefined };
  const { privateKey, point } = signingKey(curve);
  const map = { ...entries.map, [publicKeyEntry]: Buffer.from(point).toString("base64") };
  return { entries: entriesOf(map), privateKey };
}

function wipe(made: Partial<GeneratedDataKey> | undefined): void {
  if (isUint8Array(made?.dataKey)) made.dataKey.fill(0);
}

/** A recipient may be anybody's code: what is no bytes would be written as zeros, in a message that nobody can open. */
function check(made: Partial<GeneratedDataKey> | undefined): asserts made is GeneratedDataKey {
  const { dataKey, encrypted } = made ?? {};
  const isWrapped = Array.isArray(encrypted) && encrypted.length > 0 && encrypted.every(isEncrypted);
  if (!isUint8Array(dataKey) || dataKey.length !== 32 || !isWrapped) {
    throw new KmsError(
      "TAMPERED",
      "A recipient answered no data key of 32 bytes, or did not wrap it. " +
        "Each wrap is { providerId, providerInfo, ciphertext }: a text and two Uint8Arrays.",
    );
  }
  if (encrypted.length <= usualDataKeys) return;
  throw new KmsError(
    "TOO_LARGE",
    `The message would have ${encrypted.length} recipients; readers take ${usualDataKeys} unless they say more. ` +
      "Make several messages.",
  );
}

function isEncrypted(wrap: unknown): boolean {
  const { providerId, providerInfo, ciphertext }: { readonly [N in keyof EncryptedDataKey]?: unknown } = wrap ?? {};
  return (
    typeof providerId === "string" &&
    providerId.isWellFormed() &&
    isUint8Array(providerInfo) &&
    isUint8Array(ciphertext)
  );
}
