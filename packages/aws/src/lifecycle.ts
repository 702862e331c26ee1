import {
  KmsError,
  nativeState,
  type Call,
  type Changed,
  type KeyReference,
  type NativeState,
  type Operation,
  type Rotated,
} from "@kms/core/driver";
import type { Connection } from "./client.ts";
import { classify, halfDone, present, unchanged } from "./errors.ts";
import { destructionWindow, within } from "./options.ts";
import { nativeStateOf, readKey, readMetadata, type AwsRecord, type DriverPart } from "./records.ts";

type Lifecycle = "rotate" | "setEnabled" | "scheduleDestruction" | "cancelDestruction";

/**
 * Rotation, suspension and deletion of whole keys. AWS is eventually consistent: what is read after a change may still show
 * the state before. Then what AWS answered to the change counts; after a rotation or a cancelled deletion the guard asks
 * again.
 */
export const lifecycle = (connection: Connection): DriverPart<Lifecycle> => ({
  rotate: (key, call) => rotate(connection, key, call),
  setEnabled: async (key, version, enabled, call) => {
    wholeKey(version);
    const input = { KeyId: key.id };
    if (enabled) await connection.send((sdk) => new sdk.EnableKeyCommand(input), call);
    else await connection.send((sdk) => new sdk.DisableKeyCommand(input), call);
    const { record, unfinished } = await changed(connection, key, enabled ? "enableKey" : "disableKey", call);
    return { record: asAnswered(record, enabled ? "enabled" : "disabled"), unfinished };
  },
  scheduleDestruction: async (key, version, windowDays, call) => {
    wholeKey(version);
    const days = windowDays ?? destructionWindow.maximumDays;
    if (!within(days, destructionWindow)) {
      throw new KmsError(
        "INVALID_ARGUMENT",
        "AWS KMS deletes a key after 7 to 30 days; give windowDays in that range.",
        {
          keyId: key.id,
        },
      );
    }
    const input = { KeyId: key.id, PendingWindowInDays: days };
    const { DeletionDate } = await connection.send((sdk) => new sdk.ScheduleKeyDeletionCommand(input), call);
    const { record, unfinished } = await changed(connection, key, "scheduleDestruction", call);
    return { record: asAnswered(record, "destruction-scheduled", DeletionDate), unfinished };
  },
  cancelDestruction: async (key, version, call) => {
    wholeKey(version);
    try {
      await connection.send((sdk) => new sdk.CancelKeyDeletionCommand({ KeyId: key.id }), call);
    } catch (cause) {
      throw await withState(connection, key, cause, call);
    }
    return changed(connection, key, "cancelDestruction", call);
  },
});

/**
 * One on-demand rotation of a symmetric key. It ends after its answer: the version is named where reading again shows a
 * current material other than before, else left undefined, and the guard waits for it. `QUOTA_EXCEEDED` after 25,
 * `CONFLICT` within 20 minutes of an automatic one.
 */
async function rotate(connection: Connection, key: KeyReference, call: Call): Promise<Rotated<never>> {
  const before = await readCurrent(connection, key, call).catch((cause: unknown) => {
    throw unchanged(cause);
  });
  await connection.send((sdk) => new sdk.RotateKeyOnDemandCommand({ KeyId: key.id }), call);
  const record = await readBack(connection, key, "rotateKey", call);
  return { record, version: record.currentVersion === before ? undefined : record.currentVersion };
}

async function readCurrent(connection: Connection, key: KeyReference, call: Call): Promise<string> {
  const { CurrentKeyMaterialId } = await readMetadata(connection, key.id, call);
  return present(CurrentKeyMaterialId, "KeyMetadata.CurrentKeyMaterialId");
}

async function changed(
  connection: Connection,
  key: KeyReference,
  operation: Operation,
  call: Call,
): Promise<Changed<never>> {
  return { record: await readBack(connection, key, operation, call), unfinished: [] };
}

/** The record as the change left it, though it may have been read from where the change, or one before it, had not arrived. */
const asAnswered = (record: AwsRecord, state: NativeState, destroyAt?: Date | undefined): AwsRecord =>
  record.state === state
    ? { ...record, destroyAt: destroyAt ?? record.destroyAt }
    : { ...record, state, destroyAt, versions: record.versions.map((version) => ({ ...version, native: state })) };

async function readBack(
  connection: Connection,
  key: KeyReference,
  operation: Operation,
  call: Call,
): Promise<AwsRecord> {
  try {
    return await readKey(connection, key.id, call);
  } catch (cause) {
    throw halfDone(
      cause,
      operation,
      key.id,
      "AWS KMS changed the key, but it could not be read afterwards; describe it.",
    );
  }
}

/**
 * AWS says of a key whose deletion is cancelled without need only that it "is not pending deletion". Which state it is in
 * takes a look, after which the refusal says it; where the look fails too, the first error stands.
 */
async function withState(connection: Connection, key: KeyReference, cause: unknown, call: Call): Promise<unknown> {
  const { code, state, requestId } = classify(cause, "cancelDestruction");
  if (code !== "INVALID_STATE" || state !== undefined) return cause;
  try {
    const found = nativeStateOf(await readMetadata(connection, key.id, call));
    const message = `The key's deletion was to be cancelled, but none is scheduled: the key is ${found ?? "in a state unknown here"}.`;
    return new KmsError("INVALID_STATE", message, {
      keyId: key.id,
      state: found && nativeState(found),
      requestId,
      cause,
    });
  } catch {
    return cause; // the caller learns why the change was refused; why the look failed is beside the point
  }
}

function wholeKey(version: string | undefined): void {
  if (version === undefined) return;
  throw new KmsError("UNSUPPORTED", "AWS KMS disables, enables and deletes whole keys; leave keyVersion out.");
}
