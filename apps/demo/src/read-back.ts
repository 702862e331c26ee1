import { readFile } from "node:fs/promises";
import { createKms, memoryAuditSink, type KeyHandle, type Kms, type KmsDriver } from "@kms/core";
import { refusal, type Refusal } from "./attempt.ts";
import type { Document } from "./documents.ts";
import { leakedFiles } from "./leaks.ts";
import { openDocument, recipientOf } from "./messages.ts";
import { readIndex, type ProtectedFile } from "./protected-file.ts";
import { encryption, fileRoles, mac, signature, type FileRole, type Role } from "./roles.ts";
import { assert } from "./scene.ts";
import { readingSealer } from "./seals.ts";
import { protectBytes } from "./uses.ts";
import type { WorkFolder } from "./work-folder.ts";

/** What a reader needs: where the keys are and what they must be, where what they protect is, and the public key of whoever sealed the handles. */
export interface Reader {
  readonly provider: string;
  readonly driver: KmsDriver;
  /** One handle is opened for each: it must be of the provider, and of this algorithm. */
  readonly keys: readonly Role[];
  readonly folder: WorkFolder;
  readonly publicKey: string;
}

/** What a reader read: counts of files that decrypted to the same bytes, and of signatures and MACs that hold. */
export interface ReadBack {
  readonly decrypted: number;
  readonly signatures: number;
  readonly macs: number;
  readonly auditEvents: number;
  readonly refusals: readonly Refusal[];
}

/** Where a role's handle for readers stands in the work folder. */
export const handleFile = ({ role }: Role): string => `handles/${role}.jws`;

/**
 * Opens the sealed handles, restricted to reading, through a `Kms` of its own and compares everything with the originals.
 * `TAMPERED` when one byte differs, a signature or MAC does not hold, or file content stands in the audit.
 */
export async function readBack({ provider, driver, keys, folder, publicKey }: Reader): Promise<ReadBack> {
  const audit = memoryAuditSink({ capacity: 100_000 });
  const sealer = readingSealer(publicKey);
  const kms: Kms = createKms({ providers: { [provider]: driver }, sealer, audit, actor: "reader", audience: "demo" });
  try {
    const opened = new Map<string, KeyHandle>();
    for (const { role, algorithm } of keys) {
      const token = await folder.readText(handleFile({ role, algorithm }));
      opened.set(role, await kms.openHandle(token, { algorithm, provider }));
    }
    const files = await readIndex(folder);
    const documents: Document[] = [];
    for (const file of files) documents.push(await compare(kms, opened, folder, file));
    const refusals = await refusedUses(kms, opened);
    const leaked = leakedFiles(audit.events(), documents);
    assert(leaked.length === 0, `The reader's audit holds content of ${leaked.length} files.`);
    return {
      decrypted: files.filter((file) => file.encrypted).length,
      signatures: files.filter((file) => file.signed).length,
      macs: files.filter((file) => file.authenticated).length,
      auditEvents: audit.events().length,
      refusals,
    };
  } finally {
    await kms.close();
  }
}

type ReadingKeys = ReadonlyMap<string, KeyHandle>;

function keyFor(keys: ReadingKeys, { role }: Role): KeyHandle {
  const key = keys.get(role);
  assert(key !== undefined, `A file is protected by a key for ${role}, and no handle of one was given.`);
  return key;
}

async function compare(kms: Kms, keys: ReadingKeys, folder: WorkFolder, file: ProtectedFile): Promise<Document> {
  const { at, name, type, path } = file;
  const bytes = file.encrypted
    ? (await openDocument(recipientOf(kms, keyFor(keys, encryption)), folder, file)).bytes
    : new Uint8Array(await readFile(path));
  if (file.signed) {
    const holds = await kms.verify(keyFor(keys, signature), bytes, await folder.readBytes(`${at}.signature`));
    assert(holds, `The signature of file ${at} does not hold.`);
  }
  if (file.authenticated) {
    const holds = await kms.verifyMac(keyFor(keys, mac), bytes, await folder.readBytes(`${at}.mac`));
    assert(holds, `The MAC of file ${at} does not hold.`);
  }
  return { name, type, path, bytes };
}

/** What a reader's handle and a reader's sealer are not for. */
async function refusedUses(kms: Kms, keys: ReadingKeys): Promise<readonly Refusal[]> {
  const role = fileRoles.find((one) => keys.has(one.role)) ?? encryption;
  const key = keyFor(keys, role);
  return [await protecting(kms, role, key), await sealing(kms, key)];
}

const protecting = (kms: Kms, role: FileRole, key: KeyHandle): Promise<Refusal> =>
  refusal(`${role.protecting} with a handle that may only read`, "POLICY_VIOLATION", () =>
    protectBytes(kms, role, key, { bytes: new Uint8Array(16) }),
  );

const sealing = (kms: Kms, key: KeyHandle): Promise<Refusal> =>
  refusal("making a handle with the public key alone", "INVALID_ARGUMENT", () => kms.sealHandle(key));
