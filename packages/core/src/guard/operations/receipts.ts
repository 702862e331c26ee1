import type { DestructionReceipt } from "../../contract/results.ts";
import { KmsError } from "../../errors.ts";
import { changing, drive } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import type { KeyTask } from "../task.ts";
import { forget } from "../versions.ts";
import { checkManaged, type OneVersion } from "./lifecycle.ts";
import { readOwnRecord } from "./records.ts";

type Proof = Omit<DestructionReceipt, "token" | "keyId" | "confirmedAt">;

/** Erases what is due where the driver does that, else reads that the provider has; `NOT_READY` before. The receipt is sealed. */
export const getDestructionReceipt: Row<KeyTask, OneVersion, DestructionReceipt> = {
  operation: "getDestructionReceipt",
  effect: "manage",
  mutates: true,
  check: (task, { version }) => {
    checkManaged(task, "getDestructionReceipt", "destroy", version);
    void task.instance.requiredSealer; // refused before anything is erased
  },
  work: async (task, { version }) => {
    task.version = version;
    const { keyId, kind, scope } = task.key.claims;
    const { level, mayRemain } = await proofOf(task, version);
    forget(task.key.memory);
    const confirmedAt = new Date(task.call.now);
    const claims = {
      ...(version === undefined ? {} : { keyVersion: version }),
      ...(task.instance.audience === undefined ? {} : { aud: task.instance.audience }),
      kind,
      scope,
      keyId,
      level,
      confirmedAt: confirmedAt.toISOString(),
      mayRemain: [...mayRemain],
    };
    const token = await task.instance.requiredSealer.seal("destruction-receipt", claims, task.call.signal);
    return Object.freeze({ keyId, level, confirmedAt, mayRemain: Object.freeze([...mayRemain]), token });
  },
};

async function proofOf(task: KeyTask, version: string | undefined): Promise<Proof> {
  const { driver } = task.provider;
  const complete = driver.completeDestruction;
  if (complete !== undefined) {
    const { level, mayRemain } = await drive(task, changing, (call) => complete(task.key.reference, version, call));
    return { level, mayRemain };
  }
  if (await isGone(task, version)) {
    return { level: "provider-reported", mayRemain: driver.capabilities.destructionWindow.mayRemain };
  }
  throw new KmsError("NOT_READY", "The provider still has the key. Ask again when its destruction is due.", {
    keyId: task.key.claims.keyId,
  });
}

/** The handle proves that the key was there: a provider that no longer knows it has destroyed it. */
async function isGone(task: KeyTask, version: string | undefined): Promise<boolean> {
  try {
    const record = await readOwnRecord(task, task.key.claims.keyId);
    const state =
      version === undefined ? record.state : record.versions.find((found) => found.version === version)?.native;
    return state === "destroyed" || (state === undefined && record.versionsComplete);
  } catch (error) {
    if (KmsError.isInstance(error) && error.code === "NOT_FOUND") return true;
    throw error;
  }
}
