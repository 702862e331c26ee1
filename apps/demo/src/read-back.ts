import { readFile } from "node:fs/promises";
import { createKms, memoryAuditSink, type KeyHandle, type Kms, type KmsDriver } from "@kms/core";
import { refusal, type Refusal } from "./attempt.ts";
import type { Document } from "./documents.ts";
import { leakedFiles } from "./leaks.ts";
import { readIndex, type ProtectedFile } from "./protected-file.ts";
import { encryption, mac, signature, type Role } from "./roles.ts";
import { assert, associatedDataOf } from "./scene.ts";
import { readingSealer } from "./seals.ts";
import type { WorkFolder } from "./work-folder.ts";

/** What a reader needs: where the keys are, where what they protect is, and the public key of whoever sealed the handles. */
export interface Reader {
  readonly provider: string;
  readonly driver: KmsDriver;
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
export async function readBack({ provider, driver, folder, publicKey }: Reader): Promise<ReadBack> {
  const audit = memoryAuditSink({ capacity: 100_000 });
  const sealer = readingSealer(publicKey);
  const kms: Kms = createKms({ providers: { [provider]: driver }, sealer, audit, actor: "reader", audience: "demo" });
  try {
    const open = async (role: Role): Promise<KeyHandle> =>
      kms.openHandle(await folder.readText(handleFile(role)), { algorithm: role.algorithm, provider });
    const keys = { encryption: await open(encryption), signature: await open(signature), mac: await open(mac) };
    const files = await readIndex(folder);
    const documents: Document[] = [];
    for (const file of files) documents.push(await compare(kms, keys, folder, file));
    const refusals = [await protecting(kms, keys.encryption), await sealing(kms, keys.encryption)];
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

interface ReadingKeys {
  readonly encryption: KeyHandle;
  readonly signature: KeyHandle;
  readonly mac: KeyHandle;
}

async function compare(kms: Kms, keys: ReadingKeys, folder: WorkFolder, file: ProtectedFile): Promise<Document> {
  const { at, name, type, path } = file;
  const bytes = new Uint8Array(await readFile(path));
  if (file.encrypted) {
    const ciphertext = await folder.readBytes(`${at}.ciphertext`);
    const plaintext = await kms.decrypt(keys.encryption, ciphertext, associatedDataOf(file));
    assert(Buffer.compare(plaintext, bytes) === 0, `File ${at} reads back as other bytes than the original.`);
  }
  if (file.signed) {
    const holds = await kms.verify(keys.signature, bytes, await folder.readBytes(`${at}.signature`));
    assert(holds, `The signature of file ${at} does not hold.`);
  }
  if (file.authenticated) {
    const holds = await kms.verifyMac(keys.mac, bytes, await folder.readBytes(`${at}.mac`));
    assert(holds, `The MAC of file ${at} does not hold.`);
  }
  return { name, type, path, bytes };
}

const protecting = (kms: Kms, key: KeyHandle): Promise<Refusal> =>
  refusal("encrypting with a handle that may only read", "POLICY_VIOLATION", () =>
    kms.encrypt(key, new Uint8Array(16)),
  );

const sealing = (kms: Kms, key: KeyHandle): Promise<Refusal> =>
  refusal("making a handle with the public key alone", "INVALID_ARGUMENT", () => kms.sealHandle(key));
