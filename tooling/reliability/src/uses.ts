import { describeCiphertext, type KeyHandle } from "@kms/core";
import type { OwnKms } from "./session.ts";

/** The algorithms of the keys here: one of each purpose. */
export type UsableAlgorithm = "AES-256-GCM" | "ECDSA-P256-SHA256" | "HMAC-SHA256";

/** What a key version made: a ciphertext, a signature or a MAC, in base64. */
export interface MadeUse {
  readonly version: string;
  readonly output: string;
}

const message = new TextEncoder().encode("what was entrusted to the key before anything happened");
const associatedData = { test: "reliability" };

/** Uses a key's newest version and keeps what it made. */
export async function made(kms: OwnKms, key: KeyHandle<UsableAlgorithm>): Promise<MadeUse> {
  const { bytes, version } = await protect(kms, key);
  return { version: version ?? "", output: Buffer.from(bytes).toString("base64") };
}

interface Protected {
  readonly bytes: Uint8Array;
  readonly version: string | null;
}

async function protect(kms: OwnKms, key: KeyHandle<UsableAlgorithm>): Promise<Protected> {
  switch (key.algorithm) {
    case "AES-256-GCM": {
      const bytes = await kms.encrypt(key as KeyHandle<"AES-256-GCM">, message, associatedData);
      return { bytes, version: describeCiphertext(bytes).keyVersion };
    }
    case "ECDSA-P256-SHA256": {
      const { bytes, keyVersion } = await kms.sign(key as KeyHandle<"ECDSA-P256-SHA256">, message);
      return { bytes, version: keyVersion };
    }
    case "HMAC-SHA256": {
      const { bytes, keyVersion } = await kms.generateMac(key as KeyHandle<"HMAC-SHA256">, message);
      return { bytes, version: keyVersion };
    }
  }
}

/** Does the key still read what one of its versions made? Fails as decrypt, verify and verifyMac do. */
export async function reads(kms: OwnKms, key: KeyHandle<UsableAlgorithm>, use: MadeUse): Promise<boolean> {
  const output = Buffer.from(use.output, "base64");
  const accept = { state: "suspended", reason: "reliability" } as const;
  const options = { keyVersion: use.version, accept };
  switch (key.algorithm) {
    case "AES-256-GCM": {
      const opened = await kms.decrypt(key as KeyHandle<"AES-256-GCM">, output, associatedData, { accept });
      return Buffer.compare(opened, message) === 0;
    }
    case "ECDSA-P256-SHA256":
      return kms.verify(key as KeyHandle<"ECDSA-P256-SHA256">, message, output, options);
    case "HMAC-SHA256":
      return kms.verifyMac(key as KeyHandle<"HMAC-SHA256">, message, output, options);
  }
}

/** Does the key protect something new, and read it again? Fails as encrypt, sign and generateMac do. */
export async function protects(kms: OwnKms, key: KeyHandle<UsableAlgorithm>): Promise<boolean> {
  return reads(kms, key, await made(kms, key));
}
