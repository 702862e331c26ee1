import { answerOf, type Answer } from "../answers.ts";
import type { Said } from "../jobs.ts";
import { openSession, type Session } from "../session.ts";
import { rootOf, type Stage } from "../stage.ts";
import { reads } from "../uses.ts";
import { findDatabase } from "../port.ts";

/** Opens, uses and changes a store that may only be read, and says how each is refused. */
export async function tryReadOnly(stage: Stage, say: (said: Said) => void): Promise<void> {
  // The library is loaded while this process may still read where it stands.
  await findDatabase();
  if (process.getuid?.() === 0) {
    process.setgroups?.([]);
    process.setgid?.(65_534);
    process.setuid?.(65_534);
  }
  let session: Session | undefined;
  const opened = await answerOf(async () => {
    session = await openSession(stage.path, rootOf(stage, "first"));
  });
  if (session === undefined) return say({ said: "refused", attempt: "open", code: codeOf(opened) });
  const { kms } = session;
  const algorithm = "AES-256-GCM";
  const [kept] = stage.keys;
  const [use] = kept?.uses ?? [];
  if (kept === undefined || use === undefined) throw new Error("The stage has no key.");
  const used = await answerOf(async () => {
    const isRead = await reads(kms, await kms.getKey("own", kept.id, { algorithm }), use);
    if (!isRead) throw new Error("The key does not read what it made.");
  });
  say({ said: "refused", attempt: "use", code: codeOf(used) });
  const changed = await answerOf(() => kms.generateKey("own", { algorithm, name: "new" }));
  say({ said: "refused", attempt: "change", code: codeOf(changed) });
}

function codeOf(answer: Answer): string {
  if ("refused" in answer) return answer.refused;
  return "untyped" in answer ? answer.untyped : "none";
}
