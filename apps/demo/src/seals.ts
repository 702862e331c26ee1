import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { ed25519Sealer, type Sealer, type TokenType } from "@kms/core";

/** Who seals what: sealers over three Ed25519 pairs, each with what its holder needs. */
export interface Seals {
  /** Seals key configurations, and nothing else. */
  readonly administrator: Sealer;
  /** Seals handles and receipts; opens configurations with the administrator's public key, and cannot make any. */
  readonly application: Sealer;
  /** Seals checkpoints of the audit log, and nothing else. */
  readonly auditor: Sealer;
  /** The application's public key, SPKI in PEM: with it another process opens handles, and cannot make any. */
  readonly publicKey: string;
}

const applicationTypes: readonly TokenType[] = ["key-handle", "destruction-receipt"];

/** Fresh sealing keys for one run. An application keeps its own with its secrets. */
export function makeSeals(): Seals {
  const administrator = generateKeyPairSync("ed25519");
  const application = generateKeyPairSync("ed25519");
  const auditor = generateKeyPairSync("ed25519");
  const administratorKey = {
    kid: "administrator",
    publicKey: spkiOf(administrator.publicKey),
    types: ["key-conf"] as const,
  };
  const auditorKey = {
    kid: "auditor",
    publicKey: spkiOf(auditor.publicKey),
    types: ["audit-checkpoint"] as const,
  };
  const applicationKey = { kid: "application", publicKey: spkiOf(application.publicKey), types: applicationTypes };
  return {
    administrator: ed25519Sealer({ keys: [{ ...administratorKey, privateKey: pkcs8Of(administrator.privateKey) }] }),
    application: ed25519Sealer({
      keys: [{ ...applicationKey, privateKey: pkcs8Of(application.privateKey) }, administratorKey],
    }),
    auditor: ed25519Sealer({ keys: [{ ...auditorKey, privateKey: pkcs8Of(auditor.privateKey) }] }),
    publicKey: application.publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** A sealer that opens the application's handles and seals nothing. */
export const readingSealer = (publicKey: string): Sealer =>
  ed25519Sealer({ keys: [{ kid: "application", publicKey, types: applicationTypes }] });

const spkiOf = (key: KeyObject): Uint8Array => key.export({ type: "spki", format: "der" });
const pkcs8Of = (key: KeyObject): Uint8Array => key.export({ type: "pkcs8", format: "der" });
