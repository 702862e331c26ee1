import type { AssociatedData, Call, KmsDriver, Named, Target } from "../contract/driver.ts";
import type { CallOptions, KeyHandle } from "../contract/key.ts";
import type { Bytes, OwnedBytes, StringMap } from "../contract/words.ts";
import { callerEntries, serialise, type CallerEntries } from "../encoding/associated-data.ts";
import { concatBytes, readBytes } from "../encoding/bytes.ts";
import { KmsError } from "../errors.ts";
import { plainObject } from "../keys/configuration.ts";
import { readSettings } from "./arguments.ts";
import type { PreparedVersion } from "./bound-key.ts";
import { drive, harmless } from "./drive.ts";
import { boundKey } from "./handles.ts";
import type { Caller } from "./instance.ts";
import { begin } from "./methods/caller.ts";
import { matchHeader } from "./operations/encryption.ts";
import { checkEntries, claimed, compareNamed, continueWith, questionOf } from "./operations/use.ts";
import { perform, type Row } from "./pipeline.ts";
import { KeyTask } from "./task.ts";
import { protectingVersion } from "./versions.ts";

/** A ciphertext of this library, the key that opens it, and the key under which it is to stand. */
export interface ReEncryption {
  readonly ciphertext: Bytes;
  readonly from: KeyHandle;
  readonly to: KeyHandle;
}

/** Options of a re-encryption. */
export interface ReEncryptionOptions extends CallOptions {
  /** What the ciphertext was encrypted with. */
  readonly associatedData?: StringMap | undefined;
  /** What the new one is bound to. Default: the same. */
  readonly newAssociatedData?: StringMap | undefined;
}

/** One of the two keys as the driver is told of it. */
export interface ReEncryptionSide {
  readonly key: Target;
  readonly associatedData: AssociatedData;
}

/** The provider's own operation: from one ciphertext of its format to another, without a plaintext here. */
export type ReEncryptAt = (
  sides: { readonly from: ReEncryptionSide & { readonly ciphertext: Bytes }; readonly to: ReEncryptionSide },
  driver: KmsDriver,
  call: Call,
) => Promise<{ readonly bytes: Bytes; readonly from: Named; readonly to: Named }>;

/** The ciphertext under the other key, or a refusal; what the door `reEncryptWith` says. */
export function reEncrypt(
  caller: Caller,
  given: ReEncryption,
  at: ReEncryptAt,
  options: ReEncryptionOptions | undefined,
): Promise<OwnedBytes> {
  return begin(caller, "decrypt", () => {
    const { ciphertext: bytes, from, to } = plainObject(given, "re-encryption");
    const { associatedData, newAssociatedData = associatedData, ...common } = plainObject(options ?? {}, "options");
    const ciphertext = readBytes(bytes, "ciphertext");
    const settings = readSettings(common, "decrypt", caller.instance.timeoutMs);
    const source = new KeyTask(caller, "decrypt", boundKey(caller.instance, from), settings);
    const destination = new KeyTask(caller, "encrypt", boundKey(caller.instance, to), settings);
    if (source.provider !== destination.provider) {
      throw new KmsError(
        "INVALID_ARGUMENT",
        "The provider re-encrypts between keys of its own; these are of two providers. Use decrypt and encrypt.",
      );
    }
    source.entries = callerEntries(associatedData, "data");
    destination.entries = callerEntries(newAssociatedData, "data");
    return perform(opening(destination, at), source, ciphertext);
  });
}

/** What was opened, on its way to the other key. */
interface Opened {
  readonly source: KeyTask;
  readonly prepared: PreparedVersion;
  readonly body: OwnedBytes;
}

const entriesOf = ({ entries }: KeyTask): CallerEntries => entries ?? callerEntries(undefined, "data");

/** The first key's part: to everybody who checks, allows and records, a `decrypt`. The second key's part stands inside it. */
const opening = (destination: KeyTask, at: ReEncryptAt): Row<KeyTask, OwnedBytes, OwnedBytes> => {
  const inner = sealing(at);
  return {
    operation: "decrypt",
    effect: "process",
    mutates: false,
    check: (task) => {
      checkUse(task, "decrypt");
      checkUse(destination, "encrypt");
    },
    question: (task) => questionOf(task, "process"),
    work: (source, ciphertext) => {
      const prepared = matchHeader(source, ciphertext);
      source.version = prepared.target.version;
      return perform(inner, destination, { source, prepared, body: ciphertext.subarray(prepared.header.length) });
    },
  };
};

/** The second key's part: an `encrypt`, within the time and the place in line of the first. */
const sealing = (at: ReEncryptAt): Row<KeyTask, Opened, OwnedBytes> => ({
  operation: "encrypt",
  effect: "protect",
  mutates: false,
  question: (task) => questionOf(task, "protect"),
  work: (task, { source, prepared, body }) =>
    continueWith(protectingVersion(task), (version) => {
      const sealed = task.key.prepared(version);
      const sides = {
        from: { ...sideOf(source, prepared), ciphertext: body },
        to: sideOf(task, sealed),
      };
      return continueWith(
        drive(source, harmless, (call) => at(sides, source.provider.driver, call)),
        (answer) => {
          compareNamed(source, answer.from, prepared.target.version);
          compareNamed(task, answer.to, version);
          return concatBytes(sealed.header, answer.bytes);
        },
      );
    }),
});

function checkUse(task: KeyTask, operation: "encrypt" | "decrypt"): void {
  claimed(task, operation);
  checkEntries(task, entriesOf(task), 0, true);
}

const sideOf = (task: KeyTask, { target, headerEntry }: PreparedVersion): ReEncryptionSide => ({
  key: target,
  associatedData: serialise(entriesOf(task), task.key.row.associatedData === "none" ? undefined : headerEntry),
});
