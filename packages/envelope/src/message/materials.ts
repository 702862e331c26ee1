import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
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
      made.dataKey.fill(0);
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

function check({ dataKey, encrypted }: GeneratedDataKey): void {
  if (dataKey.length !== 32 || encrypted.length === 0) {
    throw new KmsError("TAMPERED", "A recipient answered a data key of another length, or wrapped it for nobody.");
  }
  if (encrypted.length <= usualDataKeys) return;
  throw new KmsError(
    "TOO_LARGE",
    `The message would have ${encrypted.length} recipients; readers take ${usualDataKeys} unless they say more. ` +
      "Make several messages.",
  );
}
