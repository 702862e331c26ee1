import type { OwnedBytes } from "../../contract/words.ts";
import { concatBytes, equalBytes } from "../../encoding/bytes.ts";
import { KmsError } from "../../errors.ts";
import { decodeHeader } from "../../keys/ciphertext-header.ts";
import { drive, harmless } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import { protectingVersion } from "../versions.ts";
import type { KeyTask } from "../task.ts";
import { namedInBytes } from "./encryption.ts";
import { checkPlaintext, claimed, compareNamed, member, owned, questionOf, continueWith } from "./use.ts";

/** Key material wrapped (RFC 5649 for AES-KWP), behind a header that names the version. The header itself is not bound: KWP takes no associated data. */
export const wrapKey: Row<KeyTask, { readonly material: OwnedBytes }, OwnedBytes> = {
  operation: "wrapKey",
  effect: "protect",
  mutates: false,
  check: (task, { material }) => {
    claimed(task, "wrapKey");
    if (material.length === 0) throw new KmsError("INVALID_ARGUMENT", "There is no key material to wrap: it is empty.");
    checkPlaintext(task, material.length);
  },
  question: (task) => questionOf(task, "protect"),
  work: (task, { material }) =>
    continueWith(protectingVersion(task), (version) => {
      const target = task.key.versionReference(version ?? task.key.signingVersion);
      const { header } = task.key.prepared(target.version);
      const wrapAt = member(task, "wrapKey");
      return continueWith(
        drive(task, harmless, (call) => wrapAt(target, material, call)),
        (answer) => {
          compareNamed(task, answer, target.version);
          return concatBytes(header, answer.bytes);
        },
      );
    }),
};

/** Unwraps under the version that the header names; anything wrong in the bytes is the one opaque answer. */
export const unwrapKey: Row<KeyTask, { readonly wrapped: OwnedBytes }, OwnedBytes> = {
  operation: "unwrapKey",
  effect: "process",
  mutates: false,
  check: (task) => {
    claimed(task, "unwrapKey");
  },
  question: (task) => questionOf(task, "process"),
  work: (task, { wrapped }) => {
    const target = task.key.versionReference(namedVersion(task, wrapped));
    task.version = target.version;
    const { header } = task.key.prepared(target.version);
    if (!equalBytes(wrapped.subarray(0, header.length), header)) throw refused();
    const unwrapAt = member(task, "unwrapKey");
    return namedInBytes(task, target.version, () =>
      continueWith(
        drive(task, harmless, (call) => unwrapAt(target, wrapped.subarray(header.length), call)),
        (answer) => {
          compareNamed(task, answer, target.version);
          return owned(answer.bytes);
        },
      ),
    );
  },
};

function namedVersion(task: KeyTask, wrapped: OwnedBytes): string {
  const version = decodeHeader(wrapped)?.header.keyVersion;
  if (typeof version === "string" && task.provider.driver.isVersion(version)) return version;
  throw refused();
}

const refused = (): KmsError => new KmsError("DECRYPTION_FAILED", "The header is not one of this key's.");
