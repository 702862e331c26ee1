import { random } from "../../algorithms/primitives.ts";
import type { Answer, Named } from "../../contract/driver.ts";
import type { DataKey, EncryptedDataKey } from "../../contract/results.ts";
import type { Awaitable, Bytes, OwnedBytes } from "../../contract/words.ts";
import { serialise, type CallerEntries } from "../../encoding/associated-data.ts";
import { KmsError } from "../../errors.ts";
import { drive, harmless } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import type { KeyTask } from "../task.ts";
import { protectingVersion } from "../versions.ts";
import {
  checkEntries,
  checkPlaintext,
  claimed,
  compareNamed,
  encryptLocally,
  member,
  owned,
  questionOf,
  continueWith,
} from "./use.ts";

/** Associated data of data keys carries no `kms-header`: official SDKs read them (`crypto-rules` 5). */
export interface WithEntries {
  readonly entries: CallerEntries;
}

interface ToWrap extends WithEntries {
  readonly plaintext: OwnedBytes;
}

/** A fresh data key of 16, 24 or 32 bytes, in clear and wrapped. Where the provider makes none, it is drawn here and then wrapped. */
export const generateDataKey: Row<KeyTask, WithEntries & { readonly lengthBytes: number }, DataKey> = {
  operation: "generateDataKey",
  effect: "protect",
  mutates: false,
  check: (task, { entries, lengthBytes }) => {
    claimed(task, "generateDataKey");
    checkEntries(task, entries, lengthBytes, false);
  },
  question: (task) => questionOf(task, "protect"),
  work: (task, { entries, lengthBytes }) =>
    continueWith(protectingVersion(task), (version) => {
      const { generateDataKey: generateAt } = task.provider.driver;
      if (generateAt === undefined || task.key.row.operations.generateDataKey === "local") {
        const plaintext = random(lengthBytes);
        return continueWith(wrap(task, { entries, plaintext }, version), (encrypted) =>
          Object.freeze({ plaintext, encrypted }),
        );
      }
      const bound = serialise(entries, undefined);
      const { target } = task.key.prepared(version);
      const answer = drive(task, harmless, (call) => generateAt(target, lengthBytes, bound, call));
      return continueWith(answer, (found) => {
        compareNamed(task, found, version);
        if (found.plaintext.length !== lengthBytes) {
          throw new KmsError(
            "TAMPERED",
            `A data key of ${lengthBytes} bytes was asked for and one of ${found.plaintext.length} answered.`,
          );
        }
        return Object.freeze({ plaintext: owned(found.plaintext), encrypted: frozen(found.encrypted) });
      });
    }),
};

/** The caller's data key, wrapped. */
export const wrapDataKey: Row<KeyTask, ToWrap, EncryptedDataKey> = {
  operation: "wrapDataKey",
  effect: "protect",
  mutates: false,
  check: (task, { entries, plaintext }) => {
    claimed(task, "wrapDataKey");
    checkPlaintext(task, plaintext.length);
    checkEntries(task, entries, plaintext.length, false);
  },
  question: (task) => questionOf(task, "protect"),
  work: (task, input) => continueWith(protectingVersion(task), (version) => wrap(task, input, version)),
};

/** A wrapped data key in clear again. The driver compares what names the key in it; nothing in it is dialled. */
export const unwrapDataKey: Row<KeyTask, WithEntries & { readonly encrypted: EncryptedDataKey }, OwnedBytes> = {
  operation: "unwrapDataKey",
  effect: "process",
  mutates: false,
  check: (task, { entries }) => {
    claimed(task, "unwrapDataKey");
    checkEntries(task, entries, 0, false);
  },
  question: (task) => questionOf(task, "process"),
  work: (task, { entries, encrypted }) => {
    const unwrapAt = member(task, "unwrapDataKey");
    const bound = serialise(entries, undefined);
    const answer = drive(task, harmless, (call) => unwrapAt(task.key.reference, encrypted, bound, call));
    return continueWith(answer, (found: Answer) => {
      compareNamed(task, found, undefined);
      return owned(found.bytes);
    });
  },
};

function wrap(task: KeyTask, { entries, plaintext }: ToWrap, version: string | undefined): Awaitable<EncryptedDataKey> {
  if (task.key.row.operations.wrapDataKey === "local") return wrapLocally(task, version, plaintext);
  const wrapAt = member(task, "wrapDataKey");
  const bound = serialise(entries, undefined);
  const { target } = task.key.prepared(version);
  const answer = drive(task, harmless, (call) => wrapAt(target, plaintext, bound, call));
  return continueWith(answer, (found: Named & { readonly encrypted: EncryptedDataKey }) => {
    compareNamed(task, found, version);
    return frozen(found.encrypted);
  });
}

/** RSA-OAEP under the pinned public key, named as the provider's data-key format has it. */
function wrapLocally(task: KeyTask, version: string | undefined, plaintext: Bytes): EncryptedDataKey {
  const { key } = task;
  const nameAt = member(task, "nameDataKey");
  const target = key.versionReference(version ?? key.signingVersion);
  return frozen(nameAt(target, encryptLocally(task, target.version, plaintext)));
}

const frozen = ({ providerId, providerInfo, ciphertext }: EncryptedDataKey): EncryptedDataKey =>
  Object.freeze({ providerId, providerInfo: new Uint8Array(providerInfo), ciphertext: new Uint8Array(ciphertext) });
