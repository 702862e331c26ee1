import type { OwnedBytes } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { changing, drive } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import type { KeyTask } from "../task.ts";
import { checkManaged, type OneVersion } from "./lifecycle.ts";
import { compareNamed, member, owned, questionOf } from "./use.ts";

/** Key material in clear, of a key that was made exportable. Reached only through the door `insecure`. */
export const exportKey: Row<KeyTask, OneVersion, OwnedBytes> = {
  operation: "exportKey",
  effect: "manage",
  mutates: false,
  check: (task) => {
    checkManaged(task, "exportKey");
    if (task.key.claims.exportable) return;
    throw new KmsError("POLICY_VIOLATION", "This key was not made exportable, and that is fixed for ever.", {
      keyId: task.key.claims.keyId,
    });
  },
  question: (task) => questionOf(task, "process"),
  work: async (task, { version }) => {
    const target = task.key.versionReference(version ?? task.key.signingVersion);
    task.version = target.version;
    const exportAt = member(task, "exportKey");
    const answer = await drive(task, changing, (call) => exportAt(target, call));
    compareNamed(task, answer, target.version);
    return owned(answer.bytes);
  },
};
