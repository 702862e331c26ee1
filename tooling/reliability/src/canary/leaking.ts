import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { fileAuditSink } from "@kms/audit";
import { createSqliteStore, keyRoot, openSqliteStore } from "@kms/self-managed";
import type { Said } from "../jobs.ts";
import { sessionOver, type Session } from "../session.ts";
import { made, reads } from "../uses.ts";
import { watchedDatabase } from "../watched-database.ts";
import { findDatabase } from "../port.ts";

/** Known bytes that no file and no message may hold, by name, in hexadecimal. */
export type Secrets = Record<string, string>;

const associatedData = { document: "canary" };

/**
 * Imports, makes, uses and breaks keys whose bytes are known, prints every error and object that comes of it in full, and
 * leaves copies of the store's files in `scanned`, beside `secrets.json`.
 */
export async function runCanary(directory: string, say: (said: Said) => void): Promise<void> {
  const scanned = join(directory, "scanned");
  mkdirSync(join(scanned, "audit"), { recursive: true });
  const rootBytes = randomBytes(32);
  const secrets: Secrets = { root: rootBytes.toString("hex") };
  const path = join(scanned, "store.db");
  let isFull = false;
  const disk = { before: () => void (isFull && fail()) };
  const database = watchedDatabase(await findDatabase(), disk);
  const store = await createSqliteStore(path, keyRoot(rootBytes), { database });
  const auditKey = randomBytes(32);
  secrets["audit key"] = auditKey.toString("hex");
  const audit = await fileAuditSink({ directory: join(scanned, "audit"), key: auditKey });
  const session = await sessionOver(store, { audit });
  await importKnown(session, secrets);
  await generateKnown(session, secrets);
  isFull = true;
  await failLoudly(session, secrets);
  isFull = false;
  await openWrongly(path, rootBytes);
  console.log(inspect([session, store, keyRoot(rootBytes), store.slots()], { depth: 9, showHidden: true }));
  snapshot(path, join(scanned, "while-open"));
  await session.close();
  snapshot(path, join(scanned, "closed"));
  writeFileSync(join(directory, "secrets.json"), JSON.stringify(secrets));
  say({ said: "acknowledged", path });
}

function fail(): never {
  throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL", rawCode: 13, errcode: 13 });
}

async function importKnown({ kms, store }: Session, secrets: Secrets): Promise<void> {
  const aes = randomBytes(32);
  const mac = randomBytes(32);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
  Object.assign(secrets, {
    "imported AES": aes.toString("hex"),
    "imported HMAC": mac.toString("hex"),
    "imported P-256": scalarOf(pkcs8),
  });
  const keys = [
    await kms.importKey("own", { algorithm: "AES-256-GCM", name: "imported-aes" }, Uint8Array.from(aes)),
    await kms.importKey("own", { algorithm: "HMAC-SHA256", name: "imported-mac" }, Uint8Array.from(mac)),
    await kms.importKey("own", { algorithm: "ECDSA-P256-SHA256", name: "imported-pair" }, Uint8Array.from(pkcs8)),
  ];
  for (const key of keys) {
    await reads(kms, key, await made(kms, key));
    console.log(
      inspect([key, store.get(key.keyId)], { depth: 9, showHidden: true }),
      JSON.stringify(store.get(key.keyId)),
    );
  }
}

async function generateKnown({ kms, store }: Session, secrets: Secrets): Promise<void> {
  for (const algorithm of ["AES-256-GCM", "HMAC-SHA256", "ECDSA-P256-SHA256"] as const) {
    const key = await kms.rotateKey(
      await kms.generateKey("own", { algorithm, name: `generated-${algorithm.toLowerCase()}` }),
    );
    await reads(kms, key, await made(kms, key));
    const record = store.get(key.keyId);
    for (const { version, material } of record?.versions ?? []) {
      const bytes = material?.use((lent) => Buffer.from(lent)) ?? Buffer.alloc(0);
      const isPair = algorithm === "ECDSA-P256-SHA256";
      secrets[`generated ${algorithm} ${version}`] = isPair ? scalarOf(bytes) : bytes.toString("hex");
    }
    await kms.disableKey(key);
  }
}

/** The private scalar of a P-256 key: the rest of its PKCS#8 is public, and stands in records. */
function scalarOf(pkcs8: Uint8Array): string {
  const { d } = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" }).export({ format: "jwk" });
  return Buffer.from(d ?? "", "base64url").toString("hex");
}

/** Every call here fails; what it says is printed. */
async function failLoudly({ kms }: Session, secrets: Secrets): Promise<void> {
  const known = (name: string): Uint8Array => Uint8Array.from(Buffer.from(secrets[name] ?? "", "hex"));
  const aes = { algorithm: "AES-256-GCM" } as const;
  const key = await kms.getKey("own", "imported-aes", aes);
  const ciphertext = await kms.encrypt(key, known("root"), associatedData);
  ciphertext[ciphertext.length - 1] = (ciphertext.at(-1) ?? 0) ^ 1;
  const attempts: readonly (() => Promise<unknown>)[] = [
    () => kms.importKey("own", { ...aes, name: "imported-aes" }, known("imported AES")),
    () => kms.importKey("own", { ...aes, name: "on-a-full-disk" }, known("imported AES")),
    () =>
      kms.importKey("own", { ...aes, name: "too-long" }, Buffer.concat([known("imported AES"), known("imported AES")])),
    () => kms.importKey("own", { algorithm: "ECDSA-P256-SHA256", name: "no-pair" }, known("imported P-256")),
    () => kms.rotateKey(key),
    () => kms.decrypt(key, ciphertext, associatedData),
    () => kms.decrypt(key, known("imported AES"), associatedData),
    () => kms.getKey("own", "generated-aes-256-gcm", { algorithm: "HMAC-SHA256" }),
    () => kms.generateKey("own", { ...aes, name: "none" }),
  ];
  for (const attempt of attempts) await printFailure(attempt);
}

async function openWrongly(path: string, rootBytes: Uint8Array): Promise<void> {
  await printFailure(() => openSqliteStore(path, keyRoot(randomBytes(32))));
  await printFailure(() => openSqliteStore(`${path}-none`, keyRoot(rootBytes)));
  await printFailure(() => createSqliteStore(path, keyRoot(rootBytes)));
  await printFailure(async () => keyRoot(rootBytes.subarray(0, 31)));
}

async function printFailure(attempt: () => Promise<unknown>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    console.log(inspect(error, { depth: 9, showHidden: true }), String(error), JSON.stringify(error));
    return;
  }
  throw new Error(`Something that must fail did not: ${String(attempt)}`);
}

function snapshot(path: string, directory: string): void {
  mkdirSync(directory);
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, join(directory, `store.db${suffix}`));
  }
}
