import type { DestructionReceipt } from "../../contract/results.ts";
import type { KeyRecord } from "../../contract/record.ts";
import { KmsError } from "../../errors.ts";
import { dropUndefined } from "../../keys/configuration.ts";
import { afterwards, changing, drive } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import { sealed } from "../sealer-calls.ts";
import type { KeyTask } from "../task.ts";
import { forget } from "../versions.ts";
import { checkManaged, type OneVersion } from "./lifecycle.ts";
import { readOwnRecord } from "./records.ts";

const dayMs = 86_400_000;

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
    const { keyId } = task.key.claims;
    const proof = await proofOf(task, version);
    return afterwards(task, keyId, "The key itself is gone.", () => receiptOf(task, version, proof));
  },
};

async function receiptOf(task: KeyTask, version: string | undefined, proof: Proof): Promise<DestructionReceipt> {
  const { keyId, kind, scope } = task.key.claims;
  const { level } = proof;
  const mayRemain = Object.freeze([...proof.mayRemain]);
  const confirmedAt = new Date(task.call.now);
  const claims = dropUndefined({
    kind,
    scope,
    keyId,
    keyVersion: version,
    level,
    mayRemain,
    confirmedAt: confirmedAt.toISOString(),
    aud: task.instance.audience,
  });
  const token = await sealed(task.instance.requiredSealer, "destruction-receipt", claims, task.call);
  return Object.freeze({ keyId, level, confirmedAt, mayRemain, token });
}

async function proofOf(task: KeyTask, version: string | undefined): Promise<Proof> {
  const { driver } = task.provider;
  const complete = driver.completeDestruction;
  if (complete === undefined) {
    if (!(await isGone(task, version))) throw notReady(task);
    return { level: "provider-reported", mayRemain: driver.capabilities.destructionWindow.mayRemain };
  }
  try {
    const { record, level, mayRemain } = await drive(task, changing, (call) =>
      complete(task.key.reference, version, call),
    );
    if (!driver.sameKey(record.id, task.key.claims.keyId)) {
      throw new KmsError("TAMPERED", "The provider answered with another key than the one to be erased.", {
        outcome: "unknown",
      });
    }
    if (!isDestroyed(task, record, version)) throw notReady(task);
    return { level, mayRemain };
  } finally {
    forget(task);
  }
}

const notReady = (task: KeyTask): KmsError =>
  new KmsError(
    "NOT_READY",
    "Nothing shows yet that the provider destroyed the key. Ask again when its destruction is due.",
    {
      keyId: task.key.claims.keyId,
    },
  );

/** A version that is not listed counts as destroyed only where the handle pins it: then it was there once. */
function isDestroyed(task: KeyTask, record: KeyRecord, version: string | undefined): boolean {
  if (version === undefined) return record.state === "destroyed";
  const found = record.versions.find((listed) => listed.version === version);
  if (found !== undefined || !record.versionsComplete) return found?.native === "destroyed";
  if (task.key.pinned(version) !== undefined) return true;
  const { keyId } = task.key.claims;
  throw new KmsError("NOT_FOUND", "The key has no version of that number, and the handle knows of none.", { keyId });
}

/** The handle proves that the key was there: a provider that no longer knows it has destroyed it. */
async function isGone(task: KeyTask, version: string | undefined): Promise<boolean> {
  let record: KeyRecord;
  try {
    record = await readOwnRecord(task, task.key.claims.keyId);
  } catch (error) {
    if (!KmsError.isInstance(error) || error.code !== "NOT_FOUND") throw error;
    if (!canHaveEnded(task)) throw notReady(task);
    return true;
  }
  return isDestroyed(task, record, version);
}

/**
 * A provider whose every destruction waits for the days that the call chose has no end sooner than that after the handle
 * was issued, for then the key was there. Soon after a change it may yet answer that there is no such key: its servers
 * follow one another.
 */
function canHaveEnded({ provider, key, now }: KeyTask): boolean {
  const { chosen, minimumDays } = provider.driver.capabilities.destructionWindow;
  return chosen !== "per-call" || now - key.claims.issuedAt >= minimumDays * dayMs;
}
