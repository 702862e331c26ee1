import { symmetric } from "../../algorithms/registry.ts";
import type { OwnedBytes } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { changing, drive } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import type { KeyTask } from "../task.ts";
import { checkManaged, type OneVersion } from "./lifecycle.ts";
import { refuseStranger } from "../versions.ts";
import { readOwnRecord } from "./records.ts";
import { compareNamed, member, owned, questionOf } from "./use.ts";

/** Key material in clear, of a key that was made exportable. Reached only through the door `insecure`. */
export const exportKey: Row<KeyTask, OneVersion, OwnedBytes> = {
  operation: "exportKey",
  effect: "manage",
  mutates: true, // what left cannot be called back: an answer that was lost may have left
  check: (task) => {
    checkManaged(task, "exportKey");
    if (task.key.claims.exportable) return;
    throw new KmsError("POLICY_VIOLATION", "This key was not made exportable, and that is fixed for ever.", {
      keyId: task.key.claims.keyId,
    });
  },
  question: (task) => questionOf(task, "process"),
  work: async (task, { version }) => {
    const target = task.key.versionReference(version ?? (await protectingNow(task)));
    task.version = target.version;
    const exportAt = member(task, "exportKey");
    const answer = await drive(task, changing, (call) => exportAt(target, call));
    try {
      compareNamed(task, answer, target.version);
      checkLength(task, answer.bytes.length);
    } catch (error) {
      answer.bytes.fill(0); // another key's, and nobody gets it
      throw error;
    }
    return owned(answer.bytes);
  },
};

/**
 * Where no version is named, the one that protects. Keys that encrypt or wrap: the current one, read now, since a handle
 * from before a rotation does not know it. All others: the newest that the handle pins, which is what they sign and make
 * MACs with; where none of those was usable any more, the newest of all (a Deactivated key may still be read).
 */
async function protectingNow(task: KeyTask): Promise<string> {
  const { purpose, keyId, signingVersion, versions } = task.key.claims;
  if (purpose === "encryption" || purpose === "key-wrapping") {
    const record = await readOwnRecord(task, keyId);
    refuseStranger(task.key.claims, record);
    const { currentVersion } = record;
    if (currentVersion !== undefined) return currentVersion;
  }
  return signingVersion ?? versions.at(-1)?.version ?? task.key.signingVersion;
}

/** `TAMPERED` for symmetric material of another length than the algorithm's: it is some other key. */
function checkLength(task: KeyTask, lengthBytes: number): void {
  const { algorithm } = task.key;
  const expected = symmetric(algorithm) ? algorithm.keyBits : undefined;
  if (lengthBytes > 0 && (expected === undefined || lengthBytes * 8 === expected)) return;
  throw new KmsError(
    "TAMPERED",
    `Material of ${lengthBytes} bytes was answered, which a key for ${algorithm.algorithm} never has. It was thrown away.`,
  );
}
